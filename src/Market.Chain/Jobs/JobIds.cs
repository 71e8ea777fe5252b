using System.Buffers.Binary;
using Market.Chain.Generated.JobManager;
using Market.Ethereum.Abi;
using Market.Hashing;

namespace Market.Chain.Jobs;

/// <summary>Keys of jobs of several stages.</summary>
public static class JobIds
{
    private const int Word = 32;

    /// <summary>keccak256(abi.encode(chainid, manager, job)).</summary>
    public static Hash256 Of(ulong chainId, Address manager, JobTuple job)
    {
        var content = AbiCodec.EncodeArguments(job);
        var bytes = new byte[(2 * Word) + content.Length];
        BinaryPrimitives.WriteUInt64BigEndian(bytes.AsSpan(Word - sizeof(ulong)), chainId);
        manager.CopyTo(bytes.AsSpan((2 * Word) - Address.Size));
        content.CopyTo(bytes, 2 * Word);
        return Keccak256.Hash(bytes);
    }
}

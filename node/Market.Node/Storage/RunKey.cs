using System.Buffers.Binary;
using Market.Domain.Results;
using Market.Hashing;
using Market.Sandbox;
using Market.Wasm;

namespace Market.Node.Storage;

/// <summary>
/// What determines a tasklet's result: canonicaliser, module, input and limits. Two tasklets with one key have one result,
/// whoever asked for them. The time limit is no part of it: a run that reached its end does not depend on it.
/// </summary>
internal static class RunKey
{
    /// <summary>keccak(version 4 ‖ module, frame and standard input, each root 32 and length 8 ‖ fuel 8 ‖ pages 4 ‖ output limit 4).</summary>
    public static Hash256 Of(BlobName module, ManifestRecord input, RunLimits limits)
    {
        Span<byte> bytes = stackalloc byte[4 + (3 * (Hash256.Size + 8)) + 8 + 4 + 4];
        var rest = bytes;
        BinaryPrimitives.WriteInt32BigEndian(rest, Canonicaliser.Version);
        rest = rest[4..];
        foreach (var name in (ReadOnlySpan<BlobName>)[module, input.Frame, input.Stdin])
        {
            name.Root.CopyTo(rest);
            BinaryPrimitives.WriteInt64BigEndian(rest[Hash256.Size..], name.Length);
            rest = rest[(Hash256.Size + 8)..];
        }

        BinaryPrimitives.WriteUInt64BigEndian(rest, limits.Fuel);
        BinaryPrimitives.WriteUInt32BigEndian(rest[8..], limits.MemoryPages);
        BinaryPrimitives.WriteUInt32BigEndian(rest[12..], limits.OutputBytes);
        return Keccak256.Hash(bytes);
    }
}

using CsCheck;
using Market.Domain.Results;
using Market.Hashing;

namespace Market.Unit.Tests.Domain.Results;

public sealed class ResultTests
{
    private static readonly Gen<Hash256> Hashes = Gen.Byte.Array[32].Select(bytes => new Hash256(bytes));
    private static readonly Gen<BlobName> Names = Gen.Select(Hashes, Gen.Long[0, long.MaxValue]).Select((root, length) => new BlobName(root, length));

    private static readonly Gen<TaskletResult> AnyResult =
        Gen.Select(Gen.Bool.Select(trapped => trapped ? TaskletStatus.Trapped : TaskletStatus.Exited), Gen.UInt, Gen.ULong, Names)
            .Select((status, code, fuel, output) => new TaskletResult(status, code, fuel, output));

    [Fact]
    public void TaskletResult_RoundTrips() => AnyResult.Sample(result =>
    {
        var bytes = new byte[TaskletResult.Size];
        result.Encode(bytes);
        return TaskletResult.TryDecode(bytes, out var back) && back == result && result.Hash() == Keccak256.Hash(bytes);
    });

    [Fact]
    public void TaskletResult_HasTheDocumentedLayout()
    {
        var bytes = new byte[TaskletResult.Size];

        new TaskletResult(TaskletStatus.Trapped, 0x01020304, 0x05060708090A0B0C, BlobName.Of("out"u8)).Encode(bytes);

        Assert.Equal("010201020304" + "05060708090a0b0c" + "0000000000000003", Convert.ToHexStringLower(bytes.AsSpan(0, 22)));
        Assert.Equal(BlobName.Of("out"u8).Root, new Hash256(bytes.AsSpan(22)));
    }

    [Theory]
    [InlineData(0, 2)]
    [InlineData(1, 0)]
    [InlineData(1, 3)]
    [InlineData(14, 0x80)]
    public void TaskletResult_WithAnImpossibleByte_IsRefused(int position, byte value)
    {
        var bytes = new byte[TaskletResult.Size];
        new TaskletResult(TaskletStatus.Exited, 0, 1, BlobName.Of([])).Encode(bytes);
        bytes[position] = value;

        Assert.False(TaskletResult.TryDecode(bytes, out _));
    }

    [Fact]
    public void ResultList_OpensEachRecordAgainstItsRoot() => AnyResult.Array[1, 70].Sample(results =>
    {
        var list = new ResultList(results);
        Assert.Equal(ResultList.NameOf(list.Name.Root, (uint)results.Length), list.Name);
        for (var i = 0; i < results.Length; i++)
        {
            Assert.Equal(list.Name.Root, ByteTree.Climb(ResultList.Leaf(results[i]), i, list.Open(i)));
        }
    });

    [Fact]
    public void ResultList_RoundTrips() => AnyResult.Array[1, 70].Sample(results =>
        ResultList.TryDecode(new ResultList(results).Content, out var back) && back!.Results.SequenceEqual(results));

    [Fact]
    public void ResultList_WithTrailingBytesOrPadding_IsRefused()
    {
        var content = new ResultList([new TaskletResult(TaskletStatus.Exited, 0, 1, BlobName.Of([]))]).Content;

        Assert.False(ResultList.TryDecode([], out _));
        Assert.False(ResultList.TryDecode([.. content, 0], out _));
        content[60] = 1;
        Assert.False(ResultList.TryDecode(content, out _));
    }

    [Fact]
    public void Manifest_RoundTrips() =>
        Gen.Select(Names, Names).Select((frame, stdin) => new ManifestRecord(frame, stdin)).Array[1, 70].Sample(records =>
        {
            var manifest = new Manifest(records);
            return Manifest.TryDecode(manifest.Content, out var back)
                && back!.Records.SequenceEqual(records)
                && back.Name == BlobName.Of(manifest.Content);
        });

    [Fact]
    public void Manifest_WithPadding_IsRefused()
    {
        var content = new Manifest([new ManifestRecord(BlobName.Of("f"u8), BlobName.Of("s"u8))]).Content;
        content[127] = 1;

        Assert.False(Manifest.TryDecode(content, out _));
    }
}

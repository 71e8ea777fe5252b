using System.Collections.Immutable;
using System.Text;
using CsCheck;
using Market.Domain.Jobs;

namespace Market.Unit.Tests.Domain.Jobs;

public sealed class FramesTests
{
    private static readonly Gen<byte[][]> SomeFrames = Gen.Byte.Array[0, 40].Array[0, 8];

    [Fact]
    public void Encode_PutsFourBytesOfLengthBeforeEach() =>
        Assert.Equal([2, 0, 0, 0, 97, 98, 0, 0, 0, 0, 1, 0, 0, 0, 99], Frames.Encode([Bytes("ab"), Bytes(""), Bytes("c")]));

    [Fact]
    public void Frames_ComeBackAsTheyWent() => SomeFrames.Sample(frames =>
    {
        var joined = Frames.Encode(Memories(frames));

        Assert.Equal(joined.Length, Frames.EncodedLength(frames.Select(frame => (long)frame.Length)));
        Assert.True(Frames.TryDecode(joined, frames.Length, out var read));
        Assert.Equal(frames, read.Select(frame => frame.ToArray()));
        Assert.False(frames.Length > 0 && Frames.TryDecode(joined, frames.Length - 1, out _));
    });

    [Fact]
    public void Decode_OfAnyBytes_RefusesOrIsExact() => Gen.Byte[0, 3].Array[0, 60].Sample(bytes =>
    {
        if (Frames.TryDecode(bytes, int.MaxValue, out var read)) Assert.Equal(bytes, Frames.Encode(read));
    });

    [Fact]
    public void List_ComesBackAsItWent() => Gen.Byte.Array[0, 40].Array[1, 8].Sample(frames =>
    {
        var output = FrameList.Encode(Memories(frames));

        Assert.Equal(frames.Length, FrameList.CountOf(output.AsSpan(0, FrameList.HeadSize), 8));
        Assert.True(FrameList.TryRead(output, frames.Length, out var read));
        Assert.Equal(frames, read.Select(frame => frame.ToArray()));
        Assert.False(FrameList.TryRead(output, frames.Length - 1, out _));
    });

    [Fact]
    public void List_CutAnywhere_HasAllItsFrames_AndThoseThatAreNotThereAreEmpty() =>
        Gen.Select(Gen.Byte.Array[0, 20].Array[1, 6], Gen.Int[0, 400]).Sample((frames, cut) =>
        {
            var output = FrameList.Encode(Memories(frames));
            var kept = output[..Math.Min(output.Length, FrameList.HeadSize + cut)];

            Assert.True(FrameList.TryRead(kept, 6, out var read));

            Assert.Equal(frames.Length, read.Length);
            var whole = read.TakeWhile((frame, i) => frame.Span.SequenceEqual(frames[i])).Count();
            Assert.All(read.Skip(whole), frame => Assert.True(frame.IsEmpty));
        });

    [Fact]
    public void List_OfAnyBytes_NeverFails() => Gen.Byte[0, 5].Array[0, 80].Sample(tail =>
    {
        var output = FrameList.Encode([Bytes("x"), Bytes("y"), Bytes("z")])[..FrameList.HeadSize].Concat(tail).ToArray();

        Assert.True(FrameList.TryRead(output, 3, out var read));
        Assert.Equal(3, read.Length);
    });

    [Theory]
    [InlineData("MKTLIST2")]
    [InlineData("")]
    public void List_WithAnotherHead_IsRefused(string magic)
    {
        var output = FrameList.Encode([Bytes("a")]);
        output.AsSpan(0, 8).Clear();
        Encoding.UTF8.GetBytes(magic, output.AsSpan());

        Assert.False(FrameList.TryRead(output, 10, out _));
        Assert.False(FrameList.TryRead(output.AsMemory(0, 127), 10, out _));
    }

    [Fact]
    public void Inputs_OfStages_AreTheJoinsThatTheFormatSays()
    {
        ImmutableArray<ReadOnlyMemory<byte>> a = [Bytes("a0"), Bytes("a1"), Bytes("a2")], b = [Bytes("b0"), Bytes("b1"), Bytes("b2")];
        StageId s = StageId.Parse("s"), t = StageId.Parse("t");

        Assert.Equal("a1", Read(new EachInputs([s], Join.Framed), 1, a));
        Assert.Equal("<a1><b1>", Read(new EachInputs([s, t], Join.Framed), 1, a, b));
        Assert.Equal("<a0><a1>", Read(new GroupInputs([s], 2, Join.Framed), 0, a));
        Assert.Equal("<a2>", Read(new GroupInputs([s], 2, Join.Framed), 1, a));
        Assert.Equal("<<a2>><<b2>>", Read(new GroupInputs([s, t], 2, Join.Framed), 1, a, b));
        Assert.Equal("a0a1a2", Read(new AllInputs([s], Join.Concat), 0, a));
        Assert.Equal("<<a0><a1><a2>><<b0><b1><b2>>", Read(new AllInputs([s, t], Join.Framed), 0, a, b));
    }

    private static string Read(FromInputs inputs, int index, params ImmutableArray<ReadOnlyMemory<byte>>[] parents)
    {
        var ranges = StageInputs.Ranges(inputs, [.. parents.Select(parent => parent.Length)], index);
        var joined = StageInputs.Join(inputs, [.. parents.Zip(ranges, (parent, range) => parent[range.First..range.End])]);
        return Text(joined);
    }

    // Frames in angles, all the way down; whatever is no list of frames is text.
    private static string Text(ReadOnlyMemory<byte> bytes) =>
        bytes.Length > 4 && Frames.TryDecode(bytes, 100, out var frames) ? string.Concat(frames.Select(frame => $"<{Text(frame)}>")) : Encoding.UTF8.GetString(bytes.Span);

    private static ReadOnlyMemory<byte> Bytes(string text) => Encoding.UTF8.GetBytes(text);

    private static ReadOnlyMemory<byte>[] Memories(byte[][] frames) => [.. frames.Select(frame => (ReadOnlyMemory<byte>)frame)];
}

using CsCheck;
using Market.Hashing;
using Market.Wasm;

namespace Market.Unit.Tests.Wasm;

public sealed class InputFrameTests
{
    [Fact]
    public void Encode_ThenTryDecode_GivesTheFrameBack()
    {
        Gen.Select(Gen.String.Where(s => !s.Contains('\0') && IsText(s)).Array[0, 20], Gen.ULong, Gen.Byte.Array[32])
            .Sample((arguments, length, seed) =>
            {
                var frame = new InputFrame([.. arguments], length, new Hash256(seed));

                var bytes = frame.Encode();

                Assert.Equal(0, bytes.Length % 128);
                Assert.True(InputFrame.TryDecode(bytes, out var decoded));
                Assert.Equal(frame.Arguments, decoded!.Arguments);
                Assert.Equal((frame.StdinLength, frame.Seed), (decoded.StdinLength, decoded.Seed));
            });
    }

    [Fact]
    public void Encode_PlacesTheFieldsWhereTheShimReadsThem()
    {
        var bytes = new InputFrame(["a", "bc"], 7, new Hash256(Enumerable.Repeat((byte)9, 32).ToArray())).Encode();

        Assert.Equal(256, bytes.Length);
        Assert.Equal("MKTIN001"u8.ToArray(), bytes[..8]);
        Assert.Equal([7, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 5, 0, 0, 0, 9], bytes[8..25]);
        Assert.Equal("a\0bc\0\0"u8.ToArray(), bytes[128..134]);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(20)]
    [InlineData(60)]
    [InlineData(131)]
    [InlineData(200)]
    public void TryDecode_OfAFrameWithAStrayByte_Refuses(int position)
    {
        var bytes = new InputFrame(["a", "bc"], 7).Encode();

        bytes[position] ^= 0x80;

        Assert.False(InputFrame.TryDecode(bytes, out _));
    }

    // A lone surrogate has no UTF-8 form.
    private static bool IsText(string text) => System.Text.Encoding.UTF8.GetString(System.Text.Encoding.UTF8.GetBytes(text)) == text;
}

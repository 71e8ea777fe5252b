using System.Diagnostics.CodeAnalysis;

namespace Market.Client.Imaging;

/// <summary>Reads binary PPM files ("P6", netpbm), eight bits a channel.</summary>
public static class PortablePixmap
{
    /// <summary>Reads a whole file; anything before or after the one picture is a fault.</summary>
    public static bool TryRead(ReadOnlySpan<byte> file, [NotNullWhen(true)] out Picture? picture, [NotNullWhen(false)] out string? fault)
    {
        picture = null;
        fault = null;
        if (!file.StartsWith("P6"u8))
        {
            fault = "it does not start with P6";
            return false;
        }

        var rest = file[2..];
        if (!TryNumber(ref rest, out var width) || !TryNumber(ref rest, out var height) || !TryNumber(ref rest, out var maximum)
            || rest.IsEmpty || !IsSpace(rest[0]))
        {
            fault = "its header is not width, height and maximum";
            return false;
        }

        if (maximum != 255)
        {
            fault = $"its maximum is {maximum}; only 255 is read";
            return false;
        }

        // One byte of white space ends the header.
        rest = rest[1..];
        if (width == 0 || height == 0 || (long)width * height > Picture.MaxPixels || rest.Length != width * height * Picture.PixelSize)
        {
            fault = $"it holds {rest.Length} bytes for {width} x {height} pixels";
            return false;
        }

        picture = new Picture(width, height, rest.ToArray());
        return true;
    }

    // White space and comments, then digits.
    private static bool TryNumber(ref ReadOnlySpan<byte> rest, out int value)
    {
        value = 0;
        var i = 0;
        while (i < rest.Length && (IsSpace(rest[i]) || rest[i] == (byte)'#'))
        {
            if (rest[i] == (byte)'#')
            {
                while (i < rest.Length && rest[i] != (byte)'\n') i++;
            }
            else
            {
                i++;
            }
        }

        var start = i;
        for (; i < rest.Length && rest[i] is >= (byte)'0' and <= (byte)'9'; i++)
        {
            value = (value * 10) + rest[i] - '0';
            if (value > Picture.MaxPixels) return false;
        }

        var spaced = start > 0 && i > start;
        rest = rest[i..];
        return spaced;
    }

    private static bool IsSpace(byte b) => b is (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n' or 0x0b or 0x0c;
}

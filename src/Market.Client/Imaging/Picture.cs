namespace Market.Client.Imaging;

/// <summary>One colour, eight bits a channel.</summary>
public readonly record struct Rgb(byte Red, byte Green, byte Blue);

/// <summary>An RGB picture in memory.</summary>
public sealed class Picture
{
    /// <summary>Bytes of one pixel.</summary>
    public const int PixelSize = 3;

    /// <summary>Most pixels that a picture may have: 2^28, 768 MiB.</summary>
    public const int MaxPixels = 1 << 28;

    /// <summary>Takes <paramref name="pixels"/> over.</summary>
    /// <param name="width">Pixels per row, at least 1.</param>
    /// <param name="height">Rows, at least 1.</param>
    /// <param name="pixels">Red, green, blue; row by row from the top, exactly width × height × 3 bytes.</param>
    /// <exception cref="ArgumentException">Sizes do not fit together.</exception>
    public Picture(int width, int height, byte[] pixels)
    {
        if (width < 1 || height < 1 || (long)width * height > MaxPixels) throw new ArgumentException($"a picture cannot have {width} x {height} pixels");
        if (pixels.Length != width * height * PixelSize) throw new ArgumentException($"{pixels.Length} bytes are no {width} x {height} pixels", nameof(pixels));
        Width = width;
        Height = height;
        Pixels = pixels;
    }

    /// <summary>Pixels per row.</summary>
    public int Width { get; }

    /// <summary>Rows.</summary>
    public int Height { get; }

    /// <summary>Red, green, blue; row by row from the top.</summary>
    public byte[] Pixels { get; }

    /// <summary>The bytes of one row.</summary>
    public Span<byte> Row(int y) => Pixels.AsSpan(y * Width * PixelSize, Width * PixelSize);
}

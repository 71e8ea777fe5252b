namespace Market.Worker.Running;

/// <summary>Collects a run's output. Grows with what was written, never with what a guest announces.</summary>
internal sealed class OutputBuffer
{
    // A buffer larger than this is dropped after its run.
    private const int Kept = 1 << 20;

    private byte[] _bytes = [];

    public int Length { get; private set; }

    public ReadOnlySpan<byte> Written => _bytes.AsSpan(0, Length);

    public void Append(ReadOnlySpan<byte> data)
    {
        var needed = Length + data.Length;
        if (needed > _bytes.Length)
        {
            var grown = GC.AllocateUninitializedArray<byte>(Math.Max(needed, Math.Max(4096, 2 * _bytes.Length)));
            Written.CopyTo(grown);
            _bytes = grown;
        }

        data.CopyTo(_bytes.AsSpan(Length));
        Length = needed;
    }

    public void Clear()
    {
        Length = 0;
        if (_bytes.Length > Kept) _bytes = [];
    }
}

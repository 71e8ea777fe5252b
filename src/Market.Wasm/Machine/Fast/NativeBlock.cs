using System.Runtime.InteropServices;

namespace Market.Wasm.Machine.Fast;

/// <summary>Zeroed memory that does not move. The system gives real pages only as they are touched.</summary>
internal sealed unsafe class NativeBlock : SafeHandle
{
    public NativeBlock(long length)
        : base(0, ownsHandle: true)
    {
        Length = length;
        SetHandle((nint)NativeMemory.AllocZeroed((nuint)Math.Max(length, 1)));
    }

    public long Length { get; }

    /// <summary>The first byte. Good until the object is disposed of.</summary>
    public byte* First => (byte*)handle;

    public override bool IsInvalid => handle == 0;

    /// <summary>A part of the memory; the caller keeps within <see cref="Length"/>.</summary>
    public Span<byte> Span(long start, int length) => new(First + start, length);

    protected override bool ReleaseHandle()
    {
        NativeMemory.Free((void*)handle);
        return true;
    }
}

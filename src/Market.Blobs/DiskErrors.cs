namespace Market.Blobs;

/// <summary>Tells a full disk, which is an outcome, from a broken one, which is an exception.</summary>
internal static class DiskErrors
{
    // ENOSPC and EDQUOT as .NET carries them on Unix, ERROR_DISK_FULL and ERROR_HANDLE_DISK_FULL on Windows.
    private const int NoSpace = 28;
    private const int OverDiskQuota = 122;
    private const int WindowsDiskFull = unchecked((int)0x80070070);
    private const int WindowsHandleDiskFull = unchecked((int)0x80070027);

    public static bool IsFull(IOException e) =>
        e.HResult is NoSpace or OverDiskQuota or WindowsDiskFull or WindowsHandleDiskFull;
}

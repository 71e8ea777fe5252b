namespace Market.Node.Storage;

/// <summary>Whether the data directory's disk has room for what a lease writes. Without it the device takes no work.</summary>
internal sealed class DiskRoom(DataDirectory data)
{
    /// <summary>Least free bytes: some outputs, and the journal's log.</summary>
    public const long LeastFreeBytes = 64L << 20;

    private readonly DriveInfo _drive = new(data.Path);

    /// <summary>Bytes that this user may still write; zero if the disk cannot be asked.</summary>
    public long FreeBytes
    {
        get
        {
            try
            {
                return _drive.AvailableFreeSpace;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // A disk that cannot be asked cannot be written either.
                return 0;
            }
        }
    }

    /// <summary>Whether there is too little.</summary>
    public bool IsLow => FreeBytes < LeastFreeBytes;
}

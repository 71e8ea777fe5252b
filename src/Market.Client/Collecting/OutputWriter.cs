using System.Collections.Immutable;
using System.Text.Json;
using Market.Blobs;
using Market.Client.Faults;
using Market.Client.Imaging;
using Market.Client.JobFiles;
using Market.Client.Jobs;
using Market.Domain.Json;
using Market.Domain.Receipts;

namespace Market.Client.Collecting;

/// <summary>Writes a job's files: each appears whole or not at all.</summary>
internal sealed class OutputWriter(string directory)
{
    /// <summary>Writes one output from the store, which verified it.</summary>
    public async Task WriteAsync(BlobStore blobs, Hashing.BlobName blob, string name, CancellationToken cancel)
    {
        using var reader = blobs.OpenRead(blob) ?? throw new InvalidOperationException($"{blob} is not held");
        await WriteAsync(name, stream => reader.CopyToAsync(stream, cancel));
    }

    /// <summary>Brings an output that was written before to where it is wanted.</summary>
    public async Task CopyAsync(string file, string name, CancellationToken cancel)
    {
        if (Path.GetFullPath(file) == Path.GetFullPath(PathOf(name))) return;
        await using var source = File.OpenRead(file);
        await WriteAsync(name, stream => source.CopyToAsync(stream, cancel));
    }

    /// <summary>Writes an offer's receipts.</summary>
    public async Task<string> WriteReceiptsAsync(string name, ReceiptFile receipts, CancellationToken cancel) =>
        await WriteAsync(name, stream => JsonSerializer.SerializeAsync(stream, receipts, DomainJson.Default.ReceiptFile, cancel));

    /// <summary>Whether all these files were written, by whichever offer; true if none are named.</summary>
    public bool Has(ImmutableArray<string>? names) => names is not { } all || all.All(name => File.Exists(PathOf(name)));

    /// <summary>Joins the written tiles to one PNG.</summary>
    /// <exception cref="MarketException">E2404: an output is no tile, or they do not fit together.</exception>
    public async Task<string> WritePictureAsync(JobPicture picture, IEnumerable<string> names, CancellationToken cancel)
    {
        var tiles = new List<Picture>();
        foreach (var name in names)
        {
            if (!PortablePixmap.TryRead(await File.ReadAllBytesAsync(PathOf(name), cancel), out var tile, out var fault)) throw NoPicture($"{name} is no binary PPM: {fault}");
            tiles.Add(tile);
        }

        if (!TileGrid.TryAssemble(tiles, picture.Columns, out var whole, out var misfit)) throw NoPicture(misfit);
        return await WriteAsync(picture.File, stream =>
        {
            PngWriter.Write(stream, whole);
            return Task.CompletedTask;
        });
    }

    private static MarketException NoPicture(string fault) =>
        new("E2404", ExitCode.TaskletsFailed, $"The outputs are written, but make no picture: {fault}.", "mend output.assemble or the module");

    private string PathOf(string name)
    {
        // Names come from the record, which another program may have changed.
        if (!OutputName.IsSafe(name)) throw new MarketException("E1228", ExitCode.FileInvalid, $"'{name}' is not a file name inside the output directory.", "market job list");
        return Path.Combine(directory, name);
    }

    private async Task<string> WriteAsync(string name, Func<Stream, Task> write)
    {
        var path = PathOf(name);
        var draft = path + ".part";
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            await using (var file = new FileStream(draft, FileMode.Create, FileAccess.Write, FileShare.None)) await write(file);
            File.Move(draft, path, overwrite: true);
            return path;
        }
        catch (Exception e) when (e is UnauthorizedAccessException or IOException)
        {
            throw new MarketException("E2405", ExitCode.Internal, $"Cannot write {path}: {e.Message}", "free some space or name another folder with --out; market job results fetches again", e);
        }
    }
}

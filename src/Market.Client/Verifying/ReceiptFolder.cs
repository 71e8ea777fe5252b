using System.Collections.Immutable;
using System.Text.Json;
using Market.Client.Faults;
using Market.Client.JobFiles;
using Market.Domain.Json;
using Market.Domain.Receipts;
using Market.Hashing;

namespace Market.Client.Verifying;

/// <summary>A folder of outputs with the receipts that speak for them. Nothing in it is trusted.</summary>
public sealed class ReceiptFolder
{
    // A receipt takes about 4 KiB of text.
    private const long MaxFile = 512L << 20;

    private ReceiptFolder(string path, ReceiptFile file, bool isWhole) => (Path, File, IsWhole) = (path, file, isWhole);

    /// <summary>The folder.</summary>
    public string Path { get; }

    /// <summary>Its receipts.</summary>
    public ReceiptFile File { get; }

    /// <summary>Whether no later offer's receipts replaced some of them.</summary>
    public bool IsWhole { get; }

    /// <summary>
    /// Reads the receipts of every offer that a results folder was bought by, or one receipts file. Where a retry names a
    /// file for a tasklet, its receipt speaks for it, and those of earlier offers no longer do.
    /// </summary>
    /// <exception cref="MarketException">E3103: there are none, or some cannot be read.</exception>
    public static async Task<ImmutableArray<ReceiptFolder>> ReadAllAsync(string path, CancellationToken cancel)
    {
        var retries = Directory.Exists(path) ? Directory.GetFiles(path, ReceiptFile.RetryPattern) : [];
        var folders = new List<ReceiptFolder>();

        // A first offer that delivered nothing final has no receipts, and its retries may have.
        if (retries.Length == 0 || System.IO.File.Exists(System.IO.Path.Combine(path, ReceiptFile.FileName))) folders.Add(await ReadAsync(path, cancel));
        foreach (var retry in retries) folders.Add(await ReadAsync(retry, cancel));

        // The newest comes first. A consumer's offers are numbered, but those of jobs of several stages not together.
        var replaced = new HashSet<uint>();
        var current = new List<ReceiptFolder>();
        foreach (var folder in folders.OrderByDescending(folder => folder.File.PlannedAt).ThenByDescending(folder => folder.File.Receipts[0].Terms.Nonce))
        {
            if (folder.Without(replaced) is { } left) current.Insert(0, left);
            replaced.UnionWith(folder.File.Outputs.Select(output => folder.InJob(output.Tasklet)));
        }

        return [.. current];
    }

    /// <summary>Reads the receipts of a results folder's first offer, or a receipts file itself.</summary>
    /// <exception cref="MarketException">E3103: there are none, or they cannot be read.</exception>
    public static async Task<ReceiptFolder> ReadAsync(string path, CancellationToken cancel)
    {
        var file = Directory.Exists(path) ? System.IO.Path.Combine(path, ReceiptFile.FileName) : path;
        var info = new FileInfo(file);
        if (!info.Exists) throw Unreadable(file, "there is no such file", null);
        if (info.Length > MaxFile) throw Unreadable(file, "it is too long to be one", null);
        try
        {
            await using var stream = info.OpenRead();
            var receipts = await JsonSerializer.DeserializeAsync(stream, DomainJson.Default.ReceiptFile, cancel);
            if (receipts?.Schema != ReceiptFile.CurrentSchema) throw Unreadable(file, $"its schema is {receipts?.Schema ?? "missing"}, not {ReceiptFile.CurrentSchema}", null);
            if (receipts.Receipts.IsDefaultOrEmpty || receipts.Outputs.IsDefault) throw Unreadable(file, "it holds no receipt", null);
            return new ReceiptFolder(info.DirectoryName!, receipts, isWhole: true);
        }
        catch (Exception e) when (e is JsonException or IOException or UnauthorizedAccessException or ArgumentException or FormatException)
        {
            throw Unreadable(file, e.Message, e);
        }
    }

    /// <summary>Checks each receipt by itself, that all speak of one offer, and each output file against its receipt.</summary>
    public async Task<ImmutableArray<VerificationFault>> CheckAsync(CancellationToken cancel)
    {
        var faults = ImmutableArray.CreateBuilder<VerificationFault>();
        faults.AddRange(File.Receipts.SelectMany(receipt => receipt.Check().Select(fault => new VerificationFault(VerificationFaultKind.Receipt, receipt.Tasklet, Words(fault)))));
        var first = File.Receipts[0];
        if (StagedCheck.FaultOf(File) is { } rule) faults.Add(rule);
        faults.AddRange(File.Receipts
            .Where(receipt => receipt.Lease.Offer != first.Lease.Offer || receipt.ChainId != first.ChainId || receipt.Market != first.Market)
            .Select(receipt => new VerificationFault(VerificationFaultKind.Receipt, receipt.Tasklet, "belongs to another offer than the first receipt")));

        var receipts = new Dictionary<uint, Receipt>();
        foreach (var receipt in File.Receipts)
        {
            if (!receipts.TryAdd(receipt.Tasklet, receipt)) faults.Add(new VerificationFault(VerificationFaultKind.Receipt, receipt.Tasklet, "has two receipts"));
        }

        var written = new HashSet<uint>();
        foreach (var output in File.Outputs)
        {
            if (!written.Add(output.Tasklet)) faults.Add(new VerificationFault(VerificationFaultKind.Output, output.Tasklet, "is said to be in two files"));
            if (!receipts.TryGetValue(output.Tasklet, out var receipt)) continue;
            if (await FaultOfAsync(output, receipt, cancel) is { } fault) faults.Add(new VerificationFault(VerificationFaultKind.Output, output.Tasklet, fault));
        }

        faults.AddRange(File.Receipts.Where(receipt => receipt.Result.Succeeded && !written.Contains(receipt.Tasklet))
            .Select(receipt => new VerificationFault(VerificationFaultKind.Output, receipt.Tasklet, "succeeded, and no file is named for its output")));
        return faults.ToImmutable();
    }

    /// <summary>Files in the folder that no receipt speaks for, in order.</summary>
    public ImmutableArray<string> Uncovered()
    {
        var receipted = File.Receipts.Select(receipt => receipt.Tasklet).ToHashSet();
        var covered = File.Outputs.Where(output => receipted.Contains(output.Tasklet)).Select(output => output.Name)
            .Append(ReceiptFile.FileName).Concat(Directory.EnumerateFiles(Path, ReceiptFile.RetryPattern).Select(file => System.IO.Path.GetFileName(file)))
            .ToHashSet(StringComparer.Ordinal);
        return [.. Directory.EnumerateFiles(Path, "*", SearchOption.AllDirectories)
            .Select(file => System.IO.Path.GetRelativePath(Path, file).Replace(System.IO.Path.DirectorySeparatorChar, '/'))
            .Where(name => !covered.Contains(name)).Order(StringComparer.Ordinal)];
    }

    private uint InJob(uint tasklet) => File.Part is { } part && tasklet < part.Length ? part[(int)tasklet] : tasklet;

    /// <summary>The folder without what is said of some of the whole job's tasklets; null if nothing is left.</summary>
    private ReceiptFolder? Without(HashSet<uint> replaced)
    {
        var left = File with
        {
            Outputs = [.. File.Outputs.Where(output => !replaced.Contains(InJob(output.Tasklet)))],
            Receipts = [.. File.Receipts.Where(receipt => !replaced.Contains(InJob(receipt.Tasklet)))],
        };
        return left.Receipts.IsEmpty ? null : new ReceiptFolder(Path, left, left.Receipts.Length == File.Receipts.Length);
    }

    private async Task<string?> FaultOfAsync(OutputFile output, Receipt receipt, CancellationToken cancel)
    {
        if (!OutputName.IsSafe(output.Name)) return $"'{output.Name}' is not a file name inside the folder";
        var path = System.IO.Path.Combine(Path, output.Name);
        if (!System.IO.File.Exists(path)) return $"{output.Name} is missing";
        return await NameOf(path, cancel) == receipt.Result.Output ? null : $"{output.Name} is not what the device committed to";
    }

    private static async Task<BlobName> NameOf(string path, CancellationToken cancel)
    {
        await using var file = System.IO.File.OpenRead(path);
        return await BlobName.OfAsync(file, cancel);
    }

    private static string Words(ReceiptFault fault) => fault switch
    {
        ReceiptFault.WorkNotInTerms => "its work is not the one that its terms commit to",
        ReceiptFault.LeaseOfAnotherOffer => "its lease belongs to another offer",
        ReceiptFault.TaskletOutsideLease => "it is outside its lease",
        ReceiptFault.InputNotInManifest => "its input is not in the manifest at its place",
        ReceiptFault.ResultNotCommitted => "its result is not in the committed list at its place",
        _ => throw new InvalidOperationException("the faults are closed"),
    };

    private static MarketException Unreadable(string file, string reason, Exception? cause) =>
        new("E3103", ExitCode.Fraud, $"There are no receipts to check in {file}: {reason}", "market job results <job> writes them", cause);
}

using System.Numerics;
using System.Text.Json;
using System.Text.Json.Serialization;
using Market.Domain.Leases;
using Market.Hashing;

namespace Market.Client.Disputes;

/// <summary>A journal of disputes as lines of JSON in one file, each on the disk before the next step; a line that a crash cut off is ignored.</summary>
public sealed class DisputeFile : IDisputeJournal, IDisposable
{
    private readonly FileStream _file;
    private readonly Dictionary<LeaseKey, CheckNote> _checks = [];
    private readonly List<MoveNote> _moves = [];
    private readonly Lock _lock = new();

    /// <summary>Opens or makes the file, for this process alone.</summary>
    /// <exception cref="IOException">Another process holds it.</exception>
    public DisputeFile(string path)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        var options = new FileStreamOptions { Mode = FileMode.OpenOrCreate, Access = FileAccess.ReadWrite, Share = FileShare.None };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        _file = new FileStream(path, options);
        using var reader = new StreamReader(_file, leaveOpen: true);
        while (reader.ReadLine() is { } line) Read(line);
        _file.Seek(0, SeekOrigin.End);
        // Whatever a crash left of the last line ends here.
        if (_file.Length > 0) _file.WriteByte((byte)'\n');
    }

    /// <inheritdoc/>
    public CheckNote? Find(LeaseKey lease)
    {
        lock (_lock) return _checks.GetValueOrDefault(lease);
    }

    /// <inheritdoc/>
    public void Save(CheckNote note)
    {
        lock (_lock)
        {
            _checks[note.Lease] = note;
            Write(new DisputeLine { Lease = note.Lease.Value.ToString(), Root = note.Root.ToString(), Outcome = note.Outcome.ToString(), Tasklet = note.Tasklet, Detail = note.Detail });
        }
    }

    /// <inheritdoc/>
    public void Save(MoveNote move)
    {
        lock (_lock)
        {
            _moves.Add(move);
            Write(new DisputeLine { Game = move.Game.ToString(System.Globalization.CultureInfo.InvariantCulture), Number = move.Number, Kind = move.Kind, Outcome = move.Outcome, Transaction = move.Transaction?.ToString(), Gas = move.Gas, At = move.At });
        }
    }

    /// <inheritdoc/>
    public IReadOnlyList<MoveNote> Moves()
    {
        lock (_lock) return [.. _moves];
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private void Write(DisputeLine line)
    {
        _file.Write([.. JsonSerializer.SerializeToUtf8Bytes(line, DisputeLineJson.Default.DisputeLine), (byte)'\n']);
        _file.Flush(flushToDisk: true);
    }

    private void Read(string text)
    {
        try
        {
            if (text.Length == 0 || JsonSerializer.Deserialize(text, DisputeLineJson.Default.DisputeLine) is not { } line) return;
            if (line.Lease is { } lease && Hash256.TryParse(lease, out var key) && Hash256.TryParse(line.Root, out var root))
            {
                _checks[new LeaseKey(key)] = new CheckNote(new LeaseKey(key), root, Enum.Parse<CheckOutcome>(line.Outcome ?? ""), line.Tasklet, line.Detail ?? "");
            }
            else if (line.Game is { } game)
            {
                var transaction = Hash256.TryParse(line.Transaction, out var hash) ? hash : default(Hash256?);
                _moves.Add(new MoveNote(BigInteger.Parse(game, System.Globalization.CultureInfo.InvariantCulture), line.Number, line.Kind ?? "", line.Outcome ?? "", transaction, line.Gas, line.At));
            }
        }
        catch (Exception e) when (e is JsonException or FormatException or ArgumentException)
        {
            // Half a line, from a crash in the middle of a write: what it told was not done yet.
        }
    }
}

internal sealed record DisputeLine
{
    public string? Lease { get; init; }

    public string? Root { get; init; }

    public uint Tasklet { get; init; }

    public string? Detail { get; init; }

    public string? Game { get; init; }

    public int Number { get; init; }

    public string? Kind { get; init; }

    public string? Outcome { get; init; }

    public string? Transaction { get; init; }

    public ulong Gas { get; init; }

    public DateTimeOffset At { get; init; }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault)]
[JsonSerializable(typeof(DisputeLine))]
internal sealed partial class DisputeLineJson : JsonSerializerContext;

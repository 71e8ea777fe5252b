using System.Numerics;
using Market.Client.Disputes;
using Market.Domain.Leases;
using Market.Hashing;
using Market.Node.Storage;
using Market.Unit.Tests.Blobs;

namespace Market.Unit.Tests.Client.Disputes;

/// <summary>What both kinds of journal keep over a restart.</summary>
public sealed class DisputeFileTests : IDisposable
{
    private static readonly LeaseKey Lease = new(Hash256.Parse(new string('a', 64)));
    private static readonly Hash256 Root = Hash256.Parse(new string('b', 64));
    private static readonly MoveNote Move = new(
        BigInteger.Pow(2, 255) + 7, 3, "dissect", "mined", Root, 96_000, new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero));

    private readonly TempDirectory _temp = new();

    private string FilePath => Path.Combine(_temp.Path, "journal");

    public void Dispose() => _temp.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void WhatWasSaved_IsThereAfterReopening(bool node)
    {
        var note = new CheckNote(Lease, Root, CheckOutcome.Differs, 17, "the run ends otherwise");
        var journal = Open(node);
        journal.Save(note with { Outcome = CheckOutcome.Withheld });
        journal.Save(note);
        journal.Save(Move with { Outcome = "sending", Transaction = null, Gas = 0 });
        journal.Save(Move);
        ((IDisposable)journal).Dispose();

        var again = Open(node);

        Assert.Equal(note, again.Find(Lease));
        Assert.Null(again.Find(new LeaseKey(Root)));
        Assert.Equal(Move with { At = default }, again.Moves()[1] with { At = default });
        Assert.Equal((2, "sending"), (again.Moves().Count, again.Moves()[0].Outcome));
        ((IDisposable)again).Dispose();
    }

    [Fact]
    public void HalfALine_IsWhatWasNotDone()
    {
        using (var journal = new DisputeFile(FilePath)) journal.Save(Move);
        File.AppendAllText(FilePath, "{\"game\":\"12\",\"num");

        using (var journal = new DisputeFile(FilePath)) journal.Save(Move with { Number = 4 });

        using var again = new DisputeFile(FilePath);
        Assert.Equal([3, 4], again.Moves().Select(m => m.Number));
    }

    [Fact]
    public void TwoProcesses_DoNotShareOneFile()
    {
        using var journal = new DisputeFile(FilePath);

        Assert.Throws<IOException>(() => new DisputeFile(FilePath));
    }

    private IDisputeJournal Open(bool node) => node ? new DisputeJournal(FilePath) : new DisputeFile(FilePath);
}

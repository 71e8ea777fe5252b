using System.Collections.Immutable;
using Market.Client.Jobs;

namespace Market.Client.Verifying;

/// <summary>Compares receipts with the job file that they are said to answer: same module, same inputs, same caps.</summary>
internal static class InputCheck
{
    /// <summary>Every difference, and how many inputs are the receipts'.</summary>
    public static (int Inputs, ImmutableArray<VerificationFault> Faults) Check(PreparedJob job, ReceiptFolder folder)
    {
        var faults = ImmutableArray.CreateBuilder<VerificationFault>();
        var (receipts, work) = (folder.File.Receipts, folder.File.Receipts[0].Work);
        if (folder.File.Part is { } part)
        {
            if (part.Length != receipts[0].Terms.Total || part.Any(tasklet => tasklet >= job.Manifest.Records.Length)) return (0, [Fault(null, "they say to be of a part that the job does not have")]);
            job = job.Only(part);
        }

        if (work.ModuleBlob != job.ModuleName) faults.Add(Fault(null, $"the receipts are of module {work.ModuleBlob}, and the job file's is {job.ModuleName}"));
        else if (work.Program != job.Work.Program) faults.Add(Fault(null, "the receipts' module is the job file's, and they name another program for disputes"));
        if (work.MemoryPages != job.Work.MemoryPages || work.OutputLimit != job.Work.OutputLimit) faults.Add(Fault(null, "the job file's limits are others than the receipts'"));

        var same = 0;
        foreach (var receipt in receipts)
        {
            if (receipt.Tasklet >= job.Manifest.Records.Length) faults.Add(Fault(receipt.Tasklet, "the job file has no such tasklet"));
            else if (job.Manifest.Records[(int)receipt.Tasklet] != receipt.Input) faults.Add(Fault(receipt.Tasklet, $"'{job.Stage.Tasklets[(int)receipt.Tasklet].Item}' is not the input that it ran on"));
            else same++;
        }

        if (faults.Count == 0 && folder.IsWhole && work.Manifest != job.Work.Manifest) faults.Add(Fault(null, "the job file's manifest is another, though the receipted inputs are the same"));
        return (same, faults.ToImmutable());
    }

    private static VerificationFault Fault(uint? tasklet, string message) => new(VerificationFaultKind.Input, tasklet, message);
}

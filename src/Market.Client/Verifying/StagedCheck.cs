using System.Collections.Immutable;
using Market.Chain.Generated.JobManager;
using Market.Chain.Jobs;
using Market.Client.InProcess;
using Market.Client.JobFiles;
using Market.Client.Jobs;
using Market.Domain.Jobs;
using Market.Domain.Offers;
using Market.Domain.Receipts;
using Market.Ethereum;
using Market.Hashing;
using Market.Wasm;

namespace Market.Client.Verifying;

/// <summary>
/// Compares receipts of a job's last stage with the job file that they are said to answer: same module, same caps, same rule
/// about what reads what, and the same results as a run of the whole job on this machine.
/// </summary>
internal static class StagedCheck
{
    /// <summary>The rule that a receipts' file holds; null if it holds none.</summary>
    public static InputRuleTuple? RuleOf(ReceiptFile file) => Bytes(file.Rule) is { } bytes ? InputRules.Decode(bytes) : null;

    /// <summary>What is wrong with a receipts' file about its rule; null if nothing is.</summary>
    public static VerificationFault? FaultOf(ReceiptFile file)
    {
        var work = file.Receipts[0].Work;
        if (work.Inputs == InputKind.Manifest) return file.Rule is null ? null : Fault(VerificationFaultKind.Receipt, null, "their work has a manifest, and a rule beside it says otherwise");
        if (RuleOf(file) is not { } rule) return Fault(VerificationFaultKind.Receipt, null, "the rule that their work names is missing, or no rule");
        return rule.Hash() == work.Manifest ? null : Fault(VerificationFaultKind.Receipt, null, "the rule is not the one that their work names");
    }

    /// <summary>Every difference from the job file.</summary>
    public static async Task<ImmutableArray<VerificationFault>> CheckAsync(ResolvedJob job, ReceiptFile file, CancellationToken cancel)
    {
        var faults = ImmutableArray.CreateBuilder<VerificationFault>();
        var (work, stage) = (file.Receipts[0].Work, job.Result);
        var module = await PreparedJob.ReadModuleAsync(stage, cancel);
        if (work.ModuleBlob != BlobName.Of(module)) faults.Add(Fault(VerificationFaultKind.Input, null, $"the receipts are of module {work.ModuleBlob}, and the job file's is {BlobName.Of(module)}"));
        else if (work.Program != PreparedJob.Program(job, stage, module)) faults.Add(Fault(VerificationFaultKind.Input, null, "the receipts' module is the job file's, and they name another program for disputes"));
        if (work.MemoryPages != stage.Spec.Limits.MemoryPages || work.OutputLimit != (uint)stage.Spec.Limits.Output.Bytes) faults.Add(Fault(VerificationFaultKind.Input, null, "the job file's limits are others than the receipts'"));
        if (RuleOf(file) is { } rule && !Fits(rule, stage)) faults.Add(Fault(VerificationFaultKind.Input, null, $"the job file's stage '{stage.Spec.Id}' reads other stages in another way, or has other arguments"));
        return faults.ToImmutable();
    }

    /// <summary>Every result that a run of the whole job on this machine does not give.</summary>
    public static async Task<ImmutableArray<VerificationFault>> RunAsync(InProcessMarket market, ResolvedJob job, ReceiptFile file, IReadOnlyList<Receipt> receipts, CancellationToken cancel)
    {
        var outputs = await market.RunAsync(job, cancel);
        return
        [
            .. receipts
                .Where(receipt => IndexOf(file, receipt) is var index && (index >= outputs.Length || receipt.Result.Output != BlobName.Of(outputs[(int)index].Span)))
                .Select(receipt => Fault(VerificationFaultKind.Rerun, receipt.Tasklet, $"the whole job, run again here, does not give what {receipt.Lease.Device} committed")),
        ];
    }

    private static uint IndexOf(ReceiptFile file, Receipt receipt) => file.Part is { } part && receipt.Tasklet < part.Length ? part[(int)receipt.Tasklet] : receipt.Tasklet;

    private static bool Fits(InputRuleTuple rule, ResolvedStage stage)
    {
        if (stage.Spec.Inputs is not FromInputs from) return false;
        var frame = new InputFrame([stage.Program, .. stage.Spec.Task.Args.Select(arg => arg.Fill(0, ""))], 0).Encode();
        var expected = from.ToTuple([.. from.Parents.Select(_ => (byte)0)], frame);
        return (rule.Kind, rule.Join, rule.Size) == (expected.Kind, expected.Join, expected.Size) && rule.Sources.Length == from.Parents.Length && rule.Frame.Memory.Span.SequenceEqual(frame);
    }

    private static byte[]? Bytes(string? text)
    {
        try
        {
            return text is null ? null : HexBytes.Parse(text).Memory.ToArray();
        }
        catch (FormatException)
        {
            return null;
        }
    }

    private static VerificationFault Fault(VerificationFaultKind kind, uint? tasklet, string message) => new(kind, tasklet, message);
}

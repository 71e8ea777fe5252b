using System.Collections.Immutable;
using System.Numerics;
using Market.Chain.Generated.JobManager;
using Market.Chain.Jobs;
using Market.Client.JobFiles;
using Market.Client.Jobs;
using Market.Domain.Identity;
using Market.Domain.Jobs;
using Market.Domain.Offers;
using Market.Domain.Planning.Graphs;
using Market.Ethereum;
using Market.Hashing;
using Market.Wasm;

namespace Market.Client.Staging;

/// <summary>Turns a planned job into stages as the job manager takes them.</summary>
internal static class StageSpecs
{
    /// <summary>The stages, parents first.</summary>
    /// <param name="job">The job.</param>
    /// <param name="plan">Its plan, in the job's order.</param>
    /// <param name="now">When it was planned: the contract counts deadlines from a stage's opening.</param>
    /// <param name="cancel">Stops.</param>
    /// <exception cref="Faults.MarketException">E1301 and others: a module or an input cannot be used.</exception>
    public static async Task<ImmutableArray<StagedStage>> OfAsync(ResolvedJob job, GraphPlan plan, UnixTime now, CancellationToken cancel)
    {
        var graph = StageGraph.Of(job.File.Spec);
        var programs = new Dictionary<BlobName, Hash256>();
        var stages = ImmutableArray.CreateBuilder<StagedStage>(graph.Order.Length);
        foreach (var at in graph.Order)
        {
            ImmutableArray<byte> parents = [.. graph.Parents[at].Select(parent => (byte)graph.Order.IndexOf(parent))];
            var stage = job.Stages[at];
            var listed = stage.Spec.Inputs is FromInputs ? null : await PreparedJob.PrepareAsync(job, stage, cancel);
            var module = listed?.Module ?? await PreparedJob.ReadModuleAsync(stage, cancel);
            var work = listed?.Work ?? WorkOf(job, stage, module, programs);
            programs.TryAdd(work.ModuleBlob, work.Program);
            stages.Add(new StagedStage(stage, listed, module, plan.Stages[at], SpecOf(stage, (byte)stages.Count, parents, work, plan.Stages[at], now)));
        }

        return stages.MoveToImmutable();
    }

    private static Work WorkOf(ResolvedJob job, ResolvedStage stage, ReadOnlyMemory<byte> module, Dictionary<BlobName, Hash256> programs)
    {
        var (name, limits) = (BlobName.Of(module.Span), stage.Spec.Limits);
        var program = programs.TryGetValue(name, out var known) ? known : PreparedJob.Program(job, stage, module.ToArray());
        return new Work(name.Root, (uint)name.Length, program, Hash256.Zero, limits.MemoryPages, (uint)limits.Output.Bytes) { Inputs = KindOf((FromInputs)stage.Spec.Inputs) };
    }

    private static StageSpecTuple SpecOf(ResolvedStage stage, byte place, ImmutableArray<byte> parents, Work work, StagePlan plan, UnixTime now)
    {
        var (terms, slo, from) = (plan.Offer.Terms, plan.Slo, stage.Spec.Inputs as FromInputs);
        return new StageSpecTuple(
            place,
            stage.Spec.Sla.Start == StartOn.Final,
            checked((byte)slo.Attempts),
            slo.EscalateTicks,
            slo.Budget.BaseUnits,
            BigInteger.Zero,
            (terms with { Consumer = Address.Zero, Total = from is null ? terms.Total : 0 }).ToCostWord(),
            (terms with { Nonce = 0, Deadline = new UnixTime(terms.Deadline.SecondsFrom(now)) }).ToRuleWord(),
            new WorkTuple(work.Module, work.Program, work.Manifest, work.ToLimitsWord()),
            terms.ClassKey.Packed,
            [.. terms.Devices.Select(device => device.Value)],
            from is null ? new StageInputTuple(InputKindCode.Manifest, JoinCode.Framed, 0, [], HexBytes.Empty) : from.ToTuple(parents, FrameOf(stage)));
    }

    private static byte[] FrameOf(ResolvedStage stage) =>
        new InputFrame([stage.Program, .. stage.Spec.Task.Args.Select(arg => arg.Fill(0, ""))], 0).Encode();

    private static InputKind KindOf(FromInputs inputs) => inputs switch
    {
        EachInputs => InputKind.Each,
        FanOutInputs => InputKind.FanOut,
        _ => InputKind.Group,
    };
}

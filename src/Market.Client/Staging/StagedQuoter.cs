using System.Collections.Immutable;
using System.Numerics;
using Market.Chain;
using Market.Chain.Generated.JobManager;
using Market.Chain.Jobs;
using Market.Client.Faults;
using Market.Client.JobFiles;
using Market.Client.Jobs;
using Market.Client.Markets;
using Market.Client.Quoting;
using Market.Domain.Identity;
using Market.Domain.Jobs;
using Market.Domain.Money;
using Market.Domain.Offers;
using Market.Domain.Planning;
using Market.Ethereum;
using Market.Hashing;
using Market.Wasm;

namespace Market.Client.Staging;

/// <summary>Plans each stage of a job against the live market and puts them together as the job manager takes them.</summary>
internal sealed class StagedQuoter(MarketConnection connection, Asset asset, PlannerOptions options)
{
    private const ushort EscalateTicks = 8;
    private const ulong Tip = 1_000;

    // Opening, recording as committed and as final; the last call ends the job.
    private const uint CallsPerStage = 3;

    /// <summary>Plans. Nothing is signed.</summary>
    /// <exception cref="MarketException">No terms can be made for a stage, or a stage needs what is not there.</exception>
    public async Task<StagedQuote> QuoteAsync(
        ResolvedJob job, Func<PreparedJob, CancellationToken, Task<LocalRun?>> runLocally, Address owner, Amount? budget, CancellationToken cancel)
    {
        var spec = job.File.Spec;
        var graph = StageGraph.Of(spec);
        var places = new byte[spec.Stages.Length];
        for (var i = 0; i < graph.Order.Length; i++) places[graph.Order[i]] = (byte)i;
        var snapshot = await new MarketReader(connection).ReadAsync(cancel);
        var most = budget ?? Quoter.BudgetOf(spec.Sla, asset);
        var request = new Request(snapshot, owner, most, spec.Sla.Deadline / Depth(graph), spec.OnFailure.Retries);
        var stages = ImmutableArray.CreateBuilder<StagedStage>();
        foreach (var at in graph.Order)
        {
            ImmutableArray<byte> parents = [.. graph.Parents[at].Select(parent => places[parent])];
            stages.Add(await StageAsync(job, job.Stages[at], (byte)stages.Count, parents, request, runLocally, cancel));
        }

        var tips = new Amount(Tip) * (uint)((CallsPerStage * stages.Count) + 1);
        var escrow = stages.Aggregate(tips, (sum, stage) => sum + stage.Escrow);
        if (escrow > most)
        {
            throw new MarketException(
                "E2106", ExitCode.Funds, $"The stages can cost up to {asset.Format(escrow)}, and the budget is {asset.Format(most)}.", $"--budget {asset.FormatNumber(escrow)}, or lower limits.fuel");
        }

        var wanted = stages.Aggregate(tips, (sum, stage) => sum + new Amount(stage.Spec.Budget));
        return new StagedQuote(
            job, stages.ToImmutable(), escrow, Amount.Min(most, wanted), new Amount(Tip), snapshot, await connection.Market.CreditAsync(owner, cancel), asset);
    }

    private async Task<StagedStage> StageAsync(
        ResolvedJob job, ResolvedStage stage, byte place, ImmutableArray<byte> parents, Request request, Func<PreparedJob, CancellationToken, Task<LocalRun?>> runLocally, CancellationToken cancel)
    {
        var from = stage.Spec.Inputs as FromInputs;
        var listed = from is null ? await PreparedJob.PrepareAsync(job, stage, cancel) : null;
        var module = listed?.Module ?? await PreparedJob.ReadModuleAsync(stage, cancel);
        var measured = listed is null ? null : (await runLocally(listed, cancel))?.Fuel;
        measured ??= stage.Spec.Limits.Fuel ?? throw new MarketException(
            "E1307", ExitCode.Usage, $"The fuel limit of stage '{stage.Spec.Id}' must be given: its inputs are not known yet.", "add limits.fuel to the stage");
        var name = BlobName.Of(module.Span);
        var limits = stage.Spec.Limits;
        var work = listed?.Work ?? new Work(name.Root, (uint)name.Length, PreparedJob.Program(job, stage, module.ToArray()), Hash256.Zero, limits.MemoryPages, (uint)limits.Output.Bytes) { Inputs = KindOf(from!) };
        var slice = stage.Spec.OwnDeadline && stage.Spec.Sla.Deadline < request.Slice ? stage.Spec.Sla.Deadline : request.Slice;
        var asked = stage.Spec with { Sla = stage.Spec.Sla with { Deadline = slice } };
        var plan = Plan(asked, Total(job, stage, from), measured.Value, work, request);
        var terms = plan.Terms;
        var attempts = (byte)(1 + request.Retries);
        var escalate = terms.MaxTick.Index + (EscalateTicks * (attempts - 1)) > Tick.MaxReserveIndex ? (ushort)0 : EscalateTicks;
        var dearest = terms with { MaxTick = new Tick(terms.MaxTick.Index + (escalate * (attempts - 1))) };
        var tuple = new StageSpecTuple(
            place,
            stage.Spec.Sla.Start == StartOn.Final,
            attempts,
            escalate,
            dearest.Escrow(request.Snapshot.Rules.FeeBps).BaseUnits,
            BigInteger.Zero,
            (terms with { Consumer = Address.Zero, Total = from is null ? terms.Total : 0 }).ToCostWord(),
            (terms with { Nonce = 0, Deadline = new UnixTime(terms.Deadline.SecondsFrom(request.Snapshot.Now)) }).ToRuleWord(),
            new WorkTuple(work.Module, work.Program, work.Manifest, work.ToLimitsWord()),
            terms.ClassKey.Packed,
            [.. terms.Devices.Select(device => device.Value)],
            from is null ? new StageInputTuple(InputKindCode.Manifest, JoinCode.Framed, 0, [], HexBytes.Empty) : from.ToTuple(parents, FrameOf(stage)));
        return new StagedStage(stage, listed, module, terms, plan.Escrow, tuple);
    }

    private JobPlan Plan(StageSpec stage, uint total, Fuel measured, Work work, Request request)
    {
        var bounded = options with { WindowSeconds = Math.Min(options.WindowSeconds, request.Snapshot.Rules.MaxWindowSeconds) };
        var planned = Planner.Plan(
            new PlanRequest { Stage = stage, Total = total, Measured = measured, Budget = request.Budget, Consumer = request.Owner, Nonce = 0, Work = work.Hash() },
            request.Snapshot,
            bounded);
        return planned as JobPlan ?? throw new MarketException(PlanFaults.Of((NoPlan)planned, stage, asset));
    }

    /// <summary>How many tasklets the stage will have, or may have at most.</summary>
    private static uint Total(ResolvedJob job, ResolvedStage stage, FromInputs? from)
    {
        if (from is not FanOutInputs fan) return (uint)(stage.Count ?? job.Stages.Select(s => s.Spec.Inputs).OfType<FanOutInputs>().Max(f => f.Max));
        var parent = job.Stages.First(other => other.Spec.Id == fan.Parents[0]);
        return parent.Count == 1
            ? (uint)fan.Max
            : throw new MarketException(
                "E1243", ExitCode.FileInvalid, $"Stage '{stage.Spec.Id}' fans out stage '{parent.Spec.Id}', which does not have exactly one tasklet.",
                "put a stage with group: all between them, whose program writes the list");
    }

    private static byte[] FrameOf(ResolvedStage stage) =>
        new InputFrame([stage.Program, .. stage.Spec.Task.Args.Select(arg => arg.Fill(0, ""))], 0).Encode();

    private static InputKind KindOf(FromInputs inputs) => inputs switch
    {
        EachInputs => InputKind.Each,
        FanOutInputs => InputKind.FanOut,
        _ => InputKind.Group,
    };

    private static int Depth(StageGraph graph)
    {
        var depths = new int[graph.Parents.Length];
        foreach (var at in graph.Order) depths[at] = 1 + graph.Parents[at].Select(parent => depths[parent]).DefaultIfEmpty(0).Max();
        return depths.Max();
    }

    private sealed record Request(MarketSnapshot Snapshot, Address Owner, Amount Budget, TimeSpan Slice, int Retries);
}

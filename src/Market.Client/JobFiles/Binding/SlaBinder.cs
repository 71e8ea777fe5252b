using System.Collections.Immutable;
using Market.Domain.Identity;
using Market.Domain.Jobs;
using Market.Domain.Money;
using Market.Domain.Offers;

namespace Market.Client.JobFiles.Binding;

/// <summary>A service level, and whether its deadline and budget are its own words.</summary>
internal sealed record BoundSla(SlaSpec Sla, bool OwnDeadline, bool OwnBudget);

/// <summary>Binds <c>sla</c> and <c>limits</c>, of a job or, over the job's, of a stage.</summary>
internal sealed class SlaBinder(DiagnosticBag faults)
{
    private const int MaxDevices = 16;
    private const long MaxMemory = 4L << 30;
    private const long MaxOutput = 1L << 30;

    /// <summary>The service level; null where there is no deadline to count on.</summary>
    /// <param name="sla">What was written; null if nothing.</param>
    /// <param name="over">The job's, under a stage's; null for the job itself.</param>
    public BoundSla? Bind(MapReader? sla, SlaSpec? over)
    {
        if (sla is null) return over is null ? null : new BoundSla(over, false, false);
        var deadline = sla.Value<TimeSpan>("deadline", Duration.TryParse, "a time with its unit, such as 10m or 1h30m", t => t > TimeSpan.Zero, required: over is null);
        var budget = sla.Value<DecimalAmount>("budget", DecimalAmount.TryParse, "an amount, such as 0.10 CRD", b => b.Digits > 0);
        var verdict = BindVerification(sla) ?? over?.Verification ?? Verdict.Optimistic;
        var devices = BindDevices(sla) ?? over?.Devices ?? [];
        if (verdict == Verdict.Trusted && devices.IsEmpty && !sla.Has("devices"))
        {
            faults.Error("E1226", "verification 'trusted' needs 'sla.devices': 1 to 16 devices whose word you take", sla.KeySpan("verification"));
        }

        var attestation = sla.Word("attestation", "self-declared", "benchmarked") switch
        {
            "benchmarked" => AttestationLevel.Benchmarked,
            "self-declared" => AttestationLevel.SelfDeclared,
            _ => over?.Attestation ?? AttestationLevel.SelfDeclared,
        };
        var window = sla.Value<TimeSpan>("window", Duration.TryParse, "a time with its unit, such as 1h", t => t > TimeSpan.Zero);
        if (window is not null && verdict == Verdict.Trusted)
        {
            faults.Error("E1211", "'sla.window' is the challenge window of 'optimistic'; 'trusted' settles at once", sla.KeySpan("window"));
        }

        var start = sla.Word("start", "committed", "final") switch
        {
            "final" => StartOn.Final,
            "committed" => StartOn.Committed,
            _ => over?.Start ?? StartOn.Committed,
        };
        var locality = BindLocality(sla.Map("locality")) ?? over?.Locality;
        BindLaterPromises(sla);
        sla.Finish();
        if (deadline is null && over is null) return null;
        return new BoundSla(
            new SlaSpec(
                deadline ?? over!.Deadline,
                budget ?? over?.Budget,
                verdict,
                devices,
                attestation,
                verdict == Verdict.Trusted ? null : window ?? over?.Window,
                start,
                locality),
            OwnDeadline: over is not null && deadline is not null,
            OwnBudget: over is not null && budget is not null);
    }

    /// <summary>The limits: what is written, over <paramref name="over"/>.</summary>
    public static LimitSpec Bind(MapReader? limits, LimitSpec over)
    {
        if (limits is null) return over;
        var bound = new LimitSpec(
            limits.Value<ByteSize>("memory", ByteSize.TryParse, "64KiB to 4GiB with its unit, such as 256MiB", s => s.Bytes is >= LimitSpec.PageSize and <= MaxMemory) ?? over.Memory,
            limits.Value<Fuel>("fuel", Fuel.TryParse, "fuel with k, M, G or T, such as 20G, up to 4000T", f => f.Units > 0 && f.MfuelUp <= uint.MaxValue) ?? over.Fuel,
            limits.Value<TimeSpan>("time", Duration.TryParse, "1s to 1d, such as 30s", t => t >= TimeSpan.FromSeconds(1) && t <= TimeSpan.FromDays(1)) ?? over.Time,
            limits.Value<ByteSize>("output", ByteSize.TryParse, "1B to 1GiB with its unit, such as 4MiB", s => s.Bytes is >= 1 and <= MaxOutput) ?? over.Output);
        limits.Finish();
        return bound;
    }

    private Verdict? BindVerification(MapReader sla)
    {
        if (sla.Text("verification") is not { } text) return null;
        string[] words = ["trusted", "optimistic"];
        if (text.Value == "quorum") faults.Error("E1210", "verification 'quorum' is not in this version; use 'optimistic'", text.Span);
        else if (!words.Contains(text.Value)) faults.Error("E1203", $"bad value '{text.Value}' for {sla.Name("verification")}: expected trusted or optimistic{DidYouMean.Suffix(text.Value, words)}", text.Span);
        return text.Value == "trusted" ? Verdict.Trusted : Verdict.Optimistic;
    }

    private ImmutableArray<DeviceId>? BindDevices(MapReader sla)
    {
        if (sla.Texts("devices") is not { } items) return null;
        var devices = ImmutableArray.CreateBuilder<DeviceId>();
        foreach (var item in items)
        {
            if (!DeviceId.TryParse(item.Value, out var id)) faults.Error("E1203", $"bad value '{item.Value}' in {sla.Name("devices")}: expected a device such as d-3", item.Span);
            else if (devices.Contains(id)) faults.Error("E1203", $"{id} is named twice in {sla.Name("devices")}", item.Span);
            else devices.Add(id);
        }

        if (items.Length is < 1 or > MaxDevices) faults.Error("E1203", $"{sla.Name("devices")} names 1 to {MaxDevices} devices, not {items.Length}", sla.KeySpan("devices"));
        return devices.ToImmutable();
    }

    private LocalitySpec? BindLocality(MapReader? locality)
    {
        if (locality is null) return null;
        var region = locality.Value<int>("region", Numbers.TryInt, "a region's code from 1 to 255", n => n is >= 1 and <= 255);
        var near = locality.Text("near");
        StageId stage = default;
        var known = near is not null && StageId.TryParse(near.Value, out stage);
        if (near is not null && !known) faults.Error("E1203", $"bad value '{near.Value}' for {locality.Name("near")}: expected a stage's id", near.Span);
        if (!locality.Has("region") && !locality.Has("near")) faults.Error("E1204", "'locality' says nothing: add region, or near with a stage that is read", locality.Span);
        locality.Finish();
        return new LocalitySpec((byte)(region ?? 0), known ? stage : null);
    }

    private void BindLaterPromises(MapReader sla)
    {
        if (sla.Value<int>("redundancy", Numbers.TryInt, "a number of copies", n => n >= 1) > 1)
        {
            faults.Error("E1225", "redundancy above 1 needs verification 'quorum', which is not in this version; 'optimistic' runs one copy that anyone may challenge", sla.KeySpan("redundancy"));
        }

        if (sla.Text("confidentiality") is { Value: not "public" } level)
        {
            faults.Error("E1210", $"confidentiality '{level.Value}' is not in this version: devices see modules, inputs and outputs", level.Span);
        }

        sla.NotYet("audit", "anyone may challenge during the window");
    }
}

using System.CommandLine;
using System.Globalization;
using Market.Cli.Commands.Jobs;
using Market.Cli.Shell;
using Market.Client.Configuration;
using Market.Client.Faults;
using Market.Client.Jobs;
using Market.Client.Verifying;
using Market.Domain.Receipts;

namespace Market.Cli.Commands.Verifying;

/// <summary><c>market verify</c>: check results against their receipts, the chain, the inputs, and a run of one's own.</summary>
internal static class VerifyCommand
{
    public static Command Create(Terminal terminal)
    {
        var target = new Argument<string>("results") { Description = "Results folder, receipts file, or job id" };
        var rpc = new Option<string?>("--rpc") { Description = "Endpoint of the receipts' chain, instead of a profile's", HelpName = "url" };
        var offline = new Option<bool>("--offline") { Description = "Look at no chain: only check that files and receipts agree" };
        var inputs = new Option<string?>("--inputs") { Description = "Job file that the results answer: checks module and inputs too", HelpName = "job.yaml" };
        var param = JobOptions.Param();
        var rerun = new Option<string?>("--rerun") { Description = "Run this share of the tasklets again here, for example 5%; needs --inputs", HelpName = "share" };
        var seed = new Option<int?>("--seed") { Description = "Draws the tasklets to run again; printed, so that a draw can be repeated", HelpName = "number" };
        return new Command("verify", "Check results against their receipts, the chain, the inputs and a run of your own") { target, rpc, offline, inputs, param, rerun, seed }
            .Runs(terminal, async (context, cancel) =>
            {
                var folders = await ReceiptFolder.ReadAllAsync(FolderOf(context, context.Get(target)!), cancel);
                var share = ShareOf(context.Get(rerun));
                if (share > 0 && context.Get(inputs) is null)
                {
                    throw new MarketException("E1203", ExitCode.Usage, "--rerun needs the job file for the inputs.", "--inputs job.yaml");
                }

                var job = context.Get(inputs) is { } file ? await JobLoading.ResolveAsync(context, file, context.ParamsOf(param), cancel) : null;
                var options = new VerifierOptions
                {
                    Rpc = context.Get(offline) ? null : EndpointOf(context, context.Get(rpc), folders[0].File.Receipts[0]),
                    Job = job is { Stages.Length: 1 } ? await PreparedJob.PrepareAsync(job, cancel) : null,
                    Stages = job is { Stages.Length: > 1 } ? job : null,
                    Rerun = share,
                    Seed = context.Get(seed) ?? context.Terminal.Time.GetUtcNow().Millisecond,
                    Progress = new RerunLines(context),
                };
                var verifier = new Verifier(context.Terminal.Home, context.Terminal.Time);
                var parts = new List<Verification>();
                foreach (var folder in folders) parts.Add(await verifier.VerifyAsync(folder, options, cancel));
                var verification = Verification.Of(parts);
                await context.WriteAsync(Document(folders, options, verification), VerificationJson.Default.VerificationDocument, Text);
                return verification.Holds ? ExitCode.Ok : ExitCode.Fraud;
            });
    }

    private static string FolderOf(CommandContext context, string target) =>
        Path.Exists(target) ? target : OutputsOf(new JobStore(context.Terminal.Home, context.Terminal.Time), target);

    private static string OutputsOf(JobStore store, string id) => store.FindStaged(id)?.OutputDirectory ?? store.Find(id).OutputDirectory;

    private static double ShareOf(string? text)
    {
        if (text is null) return 0;
        var number = text.EndsWith('%') ? text[..^1] : text;
        return double.TryParse(number, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var share) && (text.EndsWith('%') ? share / 100 : share) is > 0 and <= 1 and var taken
            ? taken
            : throw new MarketException("E1203", ExitCode.Usage, $"'{text}' is no share of the tasklets.", "--rerun 5%");
    }

    /// <summary>The endpoint that was named, else that of the profile in use or of any other whose chain is the receipts'.</summary>
    private static Uri EndpointOf(CommandContext context, string? rpc, Receipt receipt)
    {
        if (rpc is not null) return context.EndpointOf(rpc);
        var profiles = new ProfileStore(context.Terminal.Home);
        if (context.Profile is { } chosen) return profiles.Read(chosen).Rpc;
        return profiles.Names().Select(profiles.Read).FirstOrDefault(profile => profile.ChainId == receipt.ChainId)?.Rpc
            ?? throw new MarketException("E1110", ExitCode.Usage, $"No profile knows chain {receipt.ChainId}, which the receipts are of.", "--rpc <endpoint of that chain>, or --offline");
    }

    private static VerificationDocument Document(IReadOnlyList<ReceiptFolder> folders, VerifierOptions options, Verification v)
    {
        var first = folders[0].File.Receipts[0];

        // A retry's tasklets are some of the whole job's.
        var tasklets = folders.FirstOrDefault(folder => folder.File.Part is null)?.File.Receipts[0].Terms.Total ?? first.Terms.Total;
        return new VerificationDocument(
            "market.verification/1", v.Holds, first.ChainId, first.Market.ToString(), v.Receipts, tasklets, v.Outputs,
            options.Rpc is null ? null : v.Leases, options.Job is null && options.Stages is null ? null : v.Inputs, v.Rerun, v.Rerun > 0 ? options.Seed : null,
            folders.SelectMany(folder => folder.File.Receipts).GroupBy(r => r.State).OrderBy(g => g.Key).ToDictionary(g => g.Key.ToString().ToLowerInvariant(), g => g.Count()),
            v.Uncovered, [.. v.Faults.Select(VerificationFaultDocument.Of)]);
    }

    private static string Text(VerificationDocument d)
    {
        var lines = new List<string>
        {
            string.Create(CultureInfo.InvariantCulture, $"receipts  {d.Receipts} of {d.Tasklets} tasklets ({string.Join(", ", d.States.Select(s => $"{s.Value} {s.Key}"))})"),
            string.Create(CultureInfo.InvariantCulture, $"outputs   {d.Outputs} files hashed"),
            d.Leases is { } leases
                ? string.Create(CultureInfo.InvariantCulture, $"chain     {leases} leases of market {d.Market} on chain {d.ChainId}")
                : "chain     not asked: whether the market holds these results is unknown",
            d.Inputs is { } inputs
                ? string.Create(CultureInfo.InvariantCulture, $"inputs    {inputs} are the job file's{(inputs == 0 && d.Rerun > 0 ? "; results of stages that read others were compared with a run of the whole job" : "")}") : "inputs    not compared (--inputs job.yaml)",
        };
        if (d.Rerun > 0) lines.Add(string.Create(CultureInfo.InvariantCulture, $"run again {d.Rerun} tasklets (--seed {d.Seed})"));
        if (d.Uncovered.Count > 0) lines.Add($"no receipt speaks for {string.Join(", ", d.Uncovered.Take(5))}{(d.Uncovered.Count > 5 ? $" and {d.Uncovered.Count - 5} more" : "")}");
        lines.AddRange(d.Faults.Take(50).Select(fault => $"WRONG     {(fault.Tasklet is { } tasklet ? $"tasklet {tasklet}: " : "")}{fault.Message}"));
        lines.Add(d.Holds ? "all of it holds" : $"{d.Faults.Count} {(d.Faults.Count == 1 ? "fault" : "faults")}");
        return string.Join('\n', lines);
    }

    /// <summary>A line for the first tasklet, and whenever as many again have been run.</summary>
    private sealed class RerunLines(CommandContext context) : IProgress<int>
    {
        public void Report(int value)
        {
            if (int.IsPow2(value)) context.Say($"[grey]run again:[/] {value}");
        }
    }
}

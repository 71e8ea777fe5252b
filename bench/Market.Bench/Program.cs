using Market.Bench.Disputes;
using Market.Bench.Execution;
using Market.Bench.Jobs;
using Market.Bench.Machine;
using Market.Bench.Schedule;

// A benchmark's progress is for whoever waits for it; what it finds goes into the results file.
#pragma warning disable RS0030
var report = Console.Error;
#pragma warning restore RS0030

if (args is not [var part, var bench])
{
    report.WriteLine("usage: Market.Bench <part> <bench folder>; parts: dispute, execution, job, transfer, machine, schedule, real-nodes");
    return 2;
}

switch (part)
{
    case "dispute": return await DisputeBenchmark.RunAsync(bench, report);
    case "execution": return await ExecutionBenchmark.RunAsync(bench, report);
    case "job": return await JobBenchmark.RunAsync(bench, report);
    case "transfer": return await JobBenchmark.TransferAsync(bench, report);
    case "machine": return MachineBenchmark.Run(bench, report);
    case "schedule": return await ScheduleBenchmark.RunAsync(bench, report);
    case "real-nodes": return await ScheduleBenchmark.RealAsync(bench, report);
    default:
        report.WriteLine($"no part {part}; parts: dispute, execution, job, transfer, machine, schedule, real-nodes");
        return 2;
}

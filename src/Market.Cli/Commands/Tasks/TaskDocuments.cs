using System.Text.Json.Serialization;

namespace Market.Cli.Commands.Tasks;

/// <param name="Schema">market.module/1</param>
/// <param name="Module">The module's blob name: 0x…:length.</param>
/// <param name="Canonical">The canonical module's blob name.</param>
/// <param name="CanonicaliserVersion">The canonical form depends on it.</param>
/// <param name="Functions">Functions that the module defines.</param>
/// <param name="DataBytes">Bytes of its data segments.</param>
/// <param name="InitialPages">Pages (64 KiB) of memory at the start.</param>
/// <param name="MaximumPages">Pages that it declares as its limit, if any.</param>
/// <param name="Imports">What it imports.</param>
internal sealed record ModuleDocument(
    string Schema, string Module, string Canonical, int CanonicaliserVersion, int Functions, long DataBytes, uint InitialPages, uint? MaximumPages, IReadOnlyList<ImportDocument> Imports);

/// <param name="Module">Where it is imported from.</param>
/// <param name="Name">Its name there.</param>
/// <param name="Type">Its type.</param>
/// <param name="Provided">False: calls return ENOSYS.</param>
internal sealed record ImportDocument(string Module, string Name, string Type, bool Provided);

/// <param name="Schema">market.task-test/1</param>
/// <param name="Module">The module's blob name.</param>
/// <param name="Cases">One entry a case.</param>
/// <param name="Passed">Cases that passed.</param>
/// <param name="Failed">Cases that did not.</param>
/// <param name="HighestFuel">Fuel of the dearest case, in decimal.</param>
/// <param name="Price">What the dearest case costs at today's book; null if no market answers.</param>
internal sealed record TestDocument(string Schema, string Module, IReadOnlyList<CaseDocument> Cases, int Passed, int Failed, string HighestFuel, PriceDocument? Price);

/// <param name="Name">The case's name.</param>
/// <param name="Verdict">matched, ended, differs, failed, notRepeatable or givenUp.</param>
/// <param name="Detail">For people.</param>
/// <param name="Fuel">Fuel used, in decimal.</param>
/// <param name="Milliseconds">The faster of two runs, on this machine.</param>
/// <param name="ResultHash">What a device would commit to; null if the run did not end.</param>
internal sealed record CaseDocument(string Name, string Verdict, string Detail, string Fuel, double Milliseconds, string? ResultHash);

/// <param name="PerGfuel">Cheapest standing bid, in the asset per 10^9 fuel.</param>
/// <param name="Run">Cost of the dearest case at that price.</param>
/// <param name="RunBaseUnits">The same in base units.</param>
/// <param name="Asset">The asset's symbol.</param>
internal sealed record PriceDocument(string PerGfuel, string Run, string RunBaseUnits, string Asset);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(ModuleDocument))]
[JsonSerializable(typeof(TestDocument))]
[JsonSerializable(typeof(TaskTraceDocument))]
internal sealed partial class TaskJson : JsonSerializerContext;

using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Schema;
using System.Text.Json.Serialization;
using Market.Domain.Json;
using Market.Domain.Receipts;
using Market.Unit.Tests.Architecture;

namespace Market.Unit.Tests.Cli;

/// <summary>
/// What scripts read: the JSON schema of every document that <c>--json</c> writes, and of the receipts file, beside a
/// committed copy. A change of a name or type shows in review, and is a new <c>schema</c> number if it takes something away.
/// </summary>
public sealed class JsonSurfaceTests
{
    private static readonly string Committed = Path.Combine(RepositoryRoot.Path, "docs", "schemas", "cli.json");

    [Fact]
    public async Task EveryDocument_HasTheCommittedSchema()
    {
        var now = Surface().ToJsonString(new JsonSerializerOptions { WriteIndented = true }) + "\n";
        if (Environment.GetEnvironmentVariable("MARKET_WRITE_SNAPSHOTS") is { Length: > 0 }) await File.WriteAllTextAsync(Committed, now, TestContext.Current.CancellationToken);

        var known = await File.ReadAllTextAsync(Committed, TestContext.Current.CancellationToken);

        Assert.True(known == now, $"the documents of --json changed: look at the difference, then run this test with MARKET_WRITE_SNAPSHOTS=1{Environment.NewLine}{Difference(known, now)}");
    }

    private static JsonObject Surface()
    {
        var documents = new SortedDictionary<string, JsonNode>(StringComparer.Ordinal)
        {
            [nameof(ReceiptFile)] = DomainJson.Default.ReceiptFile.GetJsonSchemaAsNode(),
        };
        foreach (var context in Assembly.Load("market").GetTypes().Where(type => type.BaseType == typeof(JsonSerializerContext)))
        {
            var instance = (JsonSerializerContext)context.GetProperty("Default", BindingFlags.Public | BindingFlags.Static)!.GetValue(null)!;
            // The compiler keeps the attribute's argument, which the attribute itself does not show.
            var roots = context.CustomAttributes.Where(a => a.AttributeType == typeof(JsonSerializableAttribute)).Select(a => (Type)a.ConstructorArguments[0].Value!);
            foreach (var root in roots) documents[root.Name] = instance.GetTypeInfo(root)!.GetJsonSchemaAsNode();
        }

        Assert.True(documents.Count > 20, $"only {documents.Count} documents were found");
        return new JsonObject(documents.Select(pair => KeyValuePair.Create(pair.Key, (JsonNode?)pair.Value)));
    }

    private static string Difference(string known, string now)
    {
        var (before, after) = (known.Split('\n'), now.Split('\n'));
        var at = 0;
        while (at < before.Length && at < after.Length && before[at] == after[at]) at++;
        return $"line {at + 1}: committed {before.ElementAtOrDefault(at)?.Trim()}, now {after.ElementAtOrDefault(at)?.Trim()}";
    }
}

// Counts the words of a folder's texts, on the market and with the wallet in use, or with --here on this machine alone.
using Market.Client;
using Market.Client.InProcess;
using Market.Client.Mapping;

await using IJobMarket market = args.Contains("--here") ? InProcessMarket.Open() : await MarketClient.OpenAsync();
var module = Path.Combine(AppContext.BaseDirectory, "text.wasm");
var texts = Directory.GetFiles(args[0], "*.txt").Order(StringComparer.Ordinal).Select(File.ReadAllText);

var options = new MapOptions { Name = "wordcount", Args = ["count"], Budget = "2", Accept = true };
await using var job = await market.Map(module, texts, options)
    .Then(module, groupBy: 2, "merge")
    .Reduce(module, "merge")
    .StartAsync(new Progress<string>(Console.Error.WriteLine));

await foreach (var result in job.StreamAsync()) Console.Write(result.Text);
var end = await job.WaitAsync();
Console.Error.WriteLine($"{end.State}: {end.Stages.Length} stages, {end.Asset?.Format(end.Money!.Paid) ?? "no money"} paid");

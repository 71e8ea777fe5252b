using System.Globalization;
using Market.Client.Disputes;
using Market.FaultyNode;
using Market.Node.Checking;
using Market.Node.Disputes;
using Market.Node.Hosting;
using Market.Node.Leases;
using Market.Node.Storage;
using Market.Sandbox;
using Market.Sandbox.Wasm;

var lie = Enum.Parse<Lie>(Environment.GetEnvironmentVariable("MARKET_LIE") ?? nameof(Lie.Value), ignoreCase: true);
var most = int.Parse(Environment.GetEnvironmentVariable("MARKET_LIES") ?? "1", CultureInfo.InvariantCulture);
return await NodeHost.MainAsync(args, services =>
{
    if (lie == Lie.Vanish)
    {
        services.AddHostedService<VanishingService>();
        return;
    }

    if (lie is Lie.Silent or Lie.Idle)
    {
        services.Remove(services.Single(s => s.ServiceType == typeof(IHostedService) && s.ImplementationFactory?.GetType().GenericTypeArguments[^1] == typeof(LeaseService)));
        if (lie == Lie.Idle) services.AddHostedService<IdleService>();
        return;
    }

    // A liar does not look again at what it lies about.
    services.AddSingleton((NodeOptions)services.Single(s => s.ServiceType == typeof(NodeOptions)).ImplementationInstance! with { CheckPercent = 0 });
    services.AddSingleton(p => new Liar(lie, most, Environment.GetEnvironmentVariable("MARKET_LIE_ABOUT"), Path.Combine(p.GetRequiredService<NodeOptions>().Data, "lies.txt")));
    services.AddSingleton<IRuntime>(p => new LyingRuntime(
        new CarefulRuntime(p.GetRequiredService<WasmRuntime>(), p.GetRequiredService<MachineRunner>(), p.GetRequiredService<ILogger<CarefulRuntime>>()), p.GetRequiredService<Liar>(), p.GetRequiredService<Journal>()));
    services.AddSingleton<RunAccounts>(p => p.GetRequiredService<Liar>().Account);
    if (lie == Lie.Withhold) services.AddSingleton<IStartupFilter, WithholdingFilter>();
    if (lie == Lie.Stall) services.Remove(services.Single(s => s.ImplementationType == typeof(DisputeService)));
});

using System.CommandLine;
using System.Text.Json.Serialization;
using Market.Cli.Commands.Help;
using Market.Cli.Shell;
using Market.Client.Configuration;
using Market.Client.Faults;
using Market.Ethereum.Rpc;

namespace Market.Cli.Commands.Profiles;

/// <summary><c>market profile</c>: the markets that this user talks to.</summary>
internal static class ProfileCommand
{
    public static Command Create(Terminal terminal)
    {
        var noun = new Command("profile", "Markets that this user talks to");
        noun.Add(List(terminal));
        noun.Add(Show(terminal));
        noun.Add(Use(terminal));
        noun.Add(Add(terminal));
        noun.Add(Remove(terminal));
        return noun;
    }

    private static Command List(Terminal terminal) => new Command("list", "Show all profiles").Runs(terminal, async (context, _) =>
    {
        var store = new ProfileStore(terminal.Home);
        var current = store.Current();
        var profiles = store.Names().Select(store.Read).Select(p => Entry(p, p.Name == current)).ToList();
        await context.WriteAsync(new ProfileListDocument("market.profiles/1", profiles), ProfileDocumentJson.Default.ProfileListDocument, document =>
            document.Profiles.Count == 0 ? "no profiles; next: market dev up" : string.Join('\n', document.Profiles.Select(p => $"{(p.Chosen ? '*' : ' ')} {p.Name,-16} chain {p.ChainId,-12} {p.Rpc}")));
        return ExitCode.Ok;
    });

    private static Command Show(Terminal terminal)
    {
        var name = new Argument<string?>("name") { Description = "Name of the profile", Arity = ArgumentArity.ZeroOrOne };
        return new Command("show", "Show a profile and where its choice comes from") { name }.Runs(terminal, (context, _) =>
        {
            var store = new ProfileStore(terminal.Home);
            return WriteAsync(context, store, store.Read(context.Get(name) ?? context.Profile));
        });
    }

    private static Command Use(Terminal terminal)
    {
        var name = new Argument<string>("name") { Description = "Name of the profile" }.WithProfiles(terminal);
        return new Command("use", "Choose the market that commands talk to from now on") { name }.Runs(terminal, (context, _) =>
        {
            var store = new ProfileStore(terminal.Home);
            store.Use(context.Get(name)!);
            return WriteAsync(context, store, store.Read(context.Get(name)));
        });
    }

    private static Command Add(Terminal terminal)
    {
        var name = new Argument<string>("name") { Description = "Name of the profile" };
        var rpc = new Option<string>("--rpc") { Description = "JSON-RPC endpoint of the chain", HelpName = "url", Required = true };
        var deployment = new Option<FileInfo>("--deployment") { Description = "Deployment file of the market", HelpName = "file", Required = true };
        var local = new Option<bool>("--local") { Description = "It is a development chain with play money: its faucet and published keys may be used" };
        return new Command("add", "Add a market, after checking that it is there") { name, rpc, deployment, local }.Runs(terminal, async (context, cancel) =>
        {
            var store = new ProfileStore(terminal.Home);
            var endpoint = context.EndpointOf(context.Get(rpc)!);
            var file = context.Get(deployment)!.FullName;
            var chain = (await Chain.Deployments.Deployment.ReadAsync(file, cancel)).ChainId;
            var profile = new Profile(context.Get(name)!, endpoint, chain, file, context.Get(local));
            using var market = await context.OpenAsync(profile, cancel);
            if (profile.Local && !await new DevChainClient(market.Client.Rpc).IsDevelopmentAsync(cancel))
            {
                throw new MarketException("E1019", ExitCode.Usage, $"{endpoint} is no development chain, so '{profile.Name}' is no local market; nothing was added.", "leave --local away");
            }

            store.Write(profile);

            return await WriteAsync(context, store, profile);
        });
    }

    private static Command Remove(Terminal terminal)
    {
        var name = new Argument<string>("name") { Description = "Name of the profile" }.WithProfiles(terminal);
        return new Command("remove", "Forget a market; wallets and jobs stay") { name }.Runs(terminal, (context, _) =>
        {
            var store = new ProfileStore(terminal.Home);
            store.Read(context.Get(name));
            store.Remove(context.Get(name)!);
            return Task.FromResult(ExitCode.Ok);
        });
    }

    private static async Task<ExitCode> WriteAsync(CommandContext context, ProfileStore store, Profile profile)
    {
        var chosen = store.Current() == profile.Name;
        var entry = Entry(profile, chosen);
        await context.WriteAsync(new ProfileDocument("market.profile/1", entry), ProfileDocumentJson.Default.ProfileDocument, document => $"""
            profile     {document.Profile.Name}{(chosen ? " (in use)" : "")}
            chain       {document.Profile.ChainId}{(document.Profile.Local ? " (local: play money)" : "")}
            rpc         {document.Profile.Rpc}
            deployment  {document.Profile.Deployment}
            """);
        return ExitCode.Ok;
    }

    private static ProfileEntry Entry(Profile p, bool chosen) => new(p.Name, p.Rpc.ToString(), p.ChainId, p.Deployment, p.Local, chosen);
}

internal sealed record ProfileEntry(string Name, string Rpc, ulong ChainId, string Deployment, bool Local, bool Chosen);

internal sealed record ProfileDocument(string Schema, ProfileEntry Profile);

internal sealed record ProfileListDocument(string Schema, IReadOnlyList<ProfileEntry> Profiles);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(ProfileDocument))]
[JsonSerializable(typeof(ProfileListDocument))]
internal sealed partial class ProfileDocumentJson : JsonSerializerContext;

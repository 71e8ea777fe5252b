using System.CommandLine;
using System.Text.Json.Serialization;
using Market.Chain;
using Market.Chain.Generated.ComputeMarket;
using Market.Cli.Shell;
using Market.Client.Configuration;
using Market.Client.Faults;
using Market.Domain.Money;
using Market.Hashing;

namespace Market.Cli.Commands.Accounts;

/// <summary><c>market account</c>: money in the market and outside it.</summary>
internal static class AccountCommand
{
    private static readonly Asset Ether = new("ETH", 18);

    public static Command Create(Terminal terminal)
    {
        var noun = new Command("account", "Money of the wallet's account, in the market and outside it");
        noun.Add(Show(terminal));
        noun.Add(Deposit(terminal));
        noun.Add(Withdraw(terminal));
        return noun;
    }

    private static Command Show(Terminal terminal) => new Command("show", "Show credit, tokens and gas money").Runs(terminal, async (context, cancel) =>
    {
        var profile = context.ReadProfile();
        using var market = await context.OpenAsync(profile, cancel);
        return await WriteAsync(context, profile, market, context.Account(), null, cancel);
    });

    private static Command Deposit(Terminal terminal)
    {
        var amount = new Argument<string>("amount") { Description = "Tokens to move into the market, for example 5 or 0.50" };
        return new Command("deposit", "Move tokens into the account's credit in the market") { amount }.Runs(terminal, async (context, cancel) =>
        {
            var profile = context.ReadProfile();
            using var market = await context.OpenAsync(profile, cancel);
            var asset = await market.Token.AssetAsync(cancel);
            var (account, sum) = (context.Account(), Parse(asset, context.Get(amount)!));
            var tokens = await market.Token.BalanceAsync(account, cancel);
            if (tokens < sum)
            {
                throw new MarketException(
                    "E2103", ExitCode.Funds, $"{account} holds {asset.Format(tokens)}; {asset.Format(sum)} cannot be deposited. Nothing was sent.", profile.Local ? $"market dev faucet {account}" : "send tokens to the account first");
            }

            var rows = new[] { ("deposit", asset.Format(sum)), ("from", account.ToString()), ("stays outside", asset.Format(tokens - sum)) };
            if (!context.ConfirmSpending(profile, asset, new Spending("deposit", sum, rows))) return ExitCode.Ok;

            using var sender = market.Sender(await context.UnlockAsync(profile, cancel));
            var allowed = await market.Token.AllowanceAsync(account, market.Deployment.Market, cancel);
            UInt128 fees = 0;
            if (allowed < sum) fees += (await market.Token.ApproveAsync(sender, market.Deployment.Market, sum, cancel)).Require().Fee;
            fees += (await market.As(sender).DepositAsync(sum, cancel)).Require().Fee;
            return await WriteAsync(context, profile, market, account, fees, cancel);
        });
    }

    private static Command Withdraw(Terminal terminal)
    {
        var amount = new Argument<string?>("amount") { Description = "Credit to move out, for example 5 or 0.50", Arity = ArgumentArity.ZeroOrOne };
        var all = new Option<bool>("--all") { Description = "Move all credit out" };
        return new Command("withdraw", "Move credit out of the market") { amount, all }.Runs(terminal, async (context, cancel) =>
        {
            if (context.Get(all) == context.Get(amount) is not null)
            {
                throw new MarketException("E1201", ExitCode.Usage, "Say how much to withdraw: an amount, or --all.", "market account withdraw --help");
            }

            var profile = context.ReadProfile();
            using var market = await context.OpenAsync(profile, cancel);
            var asset = await market.Token.AssetAsync(cancel);
            var account = context.Account();
            var credit = await market.Market.CreditAsync(account, cancel);
            var sum = context.Get(amount) is { } text ? Parse(asset, text) : credit;
            if (sum > credit || sum == Amount.Zero)
            {
                throw new MarketException("E2101", ExitCode.Funds, $"The account has {asset.Format(credit)} of credit; {asset.Format(sum)} cannot be withdrawn. Nothing was sent.", "market account show");
            }

            // Nothing is spent but gas: the ceiling does not apply.
            var rows = new[] { ("withdraw", asset.Format(sum)), ("to", account.ToString()), ("credit left", asset.Format(credit - sum)) };
            if (!context.ConfirmSpending(profile, asset, new Spending("withdrawal", Amount.Zero, rows))) return ExitCode.Ok;

            using var sender = market.Sender(await context.UnlockAsync(profile, cancel));
            var receipt = (await market.As(sender).SendAsync(new WithdrawFunction(sum.BaseUnits), cancel)).Require();
            return await WriteAsync(context, profile, market, account, receipt.Fee, cancel);
        });
    }

    private static Amount Parse(Asset asset, string text) =>
        asset.TryParse(text, out var amount) && amount > Amount.Zero
            ? amount
            : throw new MarketException("E1203", ExitCode.Usage, $"'{text}' is no amount of {asset.Symbol}.", "for example 5 or 0.50");

    private static async Task<ExitCode> WriteAsync(
        CommandContext context, Profile profile, MarketConnection market, Address account, UInt128? fees, CancellationToken cancel)
    {
        var asset = await market.Token.AssetAsync(cancel);
        var document = new AccountDocument(
            "market.account/1",
            account.ToString(),
            profile.Name,
            MoneyDocument.Of(asset, await market.Market.CreditAsync(account, cancel)),
            MoneyDocument.Of(asset, await market.Token.BalanceAsync(account, cancel)),
            MoneyDocument.Of(Ether, new Amount(await market.Client.BalanceAsync(account, cancel))),
            fees is { } wei ? MoneyDocument.Of(Ether, new Amount(wei)) : null);
        await context.WriteAsync(document, AccountJson.Default.AccountDocument, d => $"""
            account  {d.Account} on {d.Profile}
            credit   {d.Credit}   (in the market)
            tokens   {d.Tokens}   (outside)
            gas      {d.Gas}
            """ + (d.Fees is null ? "" : $"\npaid     {d.Fees} for gas"));
        return ExitCode.Ok;
    }
}

internal sealed record AccountDocument(
    string Schema, string Account, string Profile, MoneyDocument Credit, MoneyDocument Tokens, MoneyDocument Gas, MoneyDocument? Fees);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(AccountDocument))]
internal sealed partial class AccountJson : JsonSerializerContext;

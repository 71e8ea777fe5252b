using System.CommandLine;
using System.Diagnostics;
using Market.Cli.Shell;
using Market.Client.Configuration;
using Market.Client.Development;
using Market.Client.Faults;
using Market.Client.Providers;
using Market.Client.Wallets;

namespace Market.Cli.Commands.Provider;

/// <summary><c>market provider run</c>: the node in the foreground, stopped with the command.</summary>
internal static class ProviderRun
{
    public static Command Create(Terminal terminal)
    {
        var config = ProviderCommand.ConfigOption();
        return new Command("run", "Run the node until it is stopped; needs the operator's password in a file") { config }.Runs(terminal, async (context, cancel) =>
        {
            var file = Path.GetFullPath(context.Get(config)!);
            var settings = ProviderConfigFile.Read(file);
            if (settings.Keys.PasswordFile is null && Environment.GetEnvironmentVariable(WalletPassword.FileVariable) is not { Length: > 0 })
            {
                throw new MarketException(
                    "E1114", ExitCode.Wallet, $"The node needs the password of '{settings.Keys.Operator}' without a person to ask.",
                    $"set keys.passwordFile in {file}, or {WalletPassword.FileVariable}, to a file that only you can read");
            }

            var start = new ProcessStartInfo(Checkout.Executable("Market.Node", "market-node")) { ArgumentList = { "--config", file } };
            start.Environment[MarketHome.Variable] = terminal.Home.Root;
            using var node = Process.Start(start) ?? throw new MarketException("E1005", ExitCode.Internal, "The node could not be started.", "market doctor");
            try
            {
                await node.WaitForExitAsync(cancel);
            }
            catch (OperationCanceledException)
            {
                // The terminal's interrupt reached the node too; give it the time that it needs to hand back leases.
                using var signal = Process.Start(new ProcessStartInfo("kill") { ArgumentList = { "-TERM", $"{node.Id}" }, RedirectStandardError = true });
                await node.WaitForExitAsync(CancellationToken.None);
            }

            return (ExitCode)node.ExitCode;
        });
    }
}

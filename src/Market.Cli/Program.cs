using Market.Cli;
using Market.Cli.Shell;

return (int)await CommandLine.RunAsync(args, Terminal.OfThisProcess());

using Microsoft.Extensions.Logging.Console;

namespace Market.Node.Hosting;

/// <summary>Logs go to standard output, where a supervisor or a log file takes them: one line an event; JSON with MARKET_LOG=json.</summary>
internal static class NodeLogging
{
    private const string FormatVariable = "MARKET_LOG";

    /// <summary>Sets up the host's logs.</summary>
    public static void AddNodeLogging(this WebApplicationBuilder builder)
    {
        builder.Logging.ClearProviders().AddNodeConsole();
        builder.Logging.AddFilter("Microsoft", LogLevel.Warning).AddFilter("Grpc", LogLevel.Warning).AddFilter("System", LogLevel.Warning);
    }

    /// <summary>The console alone, for what happens before there is a host.</summary>
    public static ILoggingBuilder AddNodeConsole(this ILoggingBuilder logging)
    {
        if (Environment.GetEnvironmentVariable(FormatVariable) == "json")
        {
            return logging.AddJsonConsole(o =>
            {
                o.UseUtcTimestamp = true;
                o.TimestampFormat = "yyyy-MM-dd'T'HH:mm:ss.fff'Z'";
            });
        }

        return logging.AddSimpleConsole(o =>
        {
            o.SingleLine = true;
            o.ColorBehavior = LoggerColorBehavior.Disabled;
            o.UseUtcTimestamp = true;
            o.TimestampFormat = "yyyy-MM-dd'T'HH:mm:ss.fff'Z' ";
        });
    }
}

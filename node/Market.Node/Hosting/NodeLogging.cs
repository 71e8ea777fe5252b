namespace Market.Node.Hosting;

/// <summary>
/// Logs go to standard output, where a supervisor or a log file takes them, one line an event: text on a terminal, JSON
/// elsewhere. <c>MARKET_LOG</c> set to <c>text</c> or <c>json</c> chooses.
/// </summary>
internal static class NodeLogging
{
    private const string FormatVariable = "MARKET_LOG";
    private const string Timestamps = "yyyy-MM-dd'T'HH:mm:ss.fff'Z'";

    /// <summary>Sets up the host's logs.</summary>
    public static void AddNodeLogging(this WebApplicationBuilder builder)
    {
        builder.Logging.ClearProviders().AddNodeConsole();
        builder.Logging.AddFilter("Microsoft", LogLevel.Warning).AddFilter("Grpc", LogLevel.Warning).AddFilter("System", LogLevel.Warning);

        // A node that is not ready says so once, in words of its own; this would be an error every second.
        builder.Logging.AddFilter("Microsoft.Extensions.Diagnostics.HealthChecks", LogLevel.None);
    }

    /// <summary>The console alone, for what happens before there is a host.</summary>
    public static ILoggingBuilder AddNodeConsole(this ILoggingBuilder logging)
    {
        if (IsJson())
        {
            return logging.AddJsonConsole(o =>
            {
                o.UseUtcTimestamp = true;
                o.IncludeScopes = true;
                o.TimestampFormat = Timestamps;
            });
        }

        return logging.AddSimpleConsole(o =>
        {
            o.SingleLine = true;
            o.ColorBehavior = Microsoft.Extensions.Logging.Console.LoggerColorBehavior.Disabled;
            o.UseUtcTimestamp = true;
            o.TimestampFormat = Timestamps + " ";
        });
    }

#pragma warning disable RS0030 // Whether standard output is a terminal is asked of it.
    private static bool IsJson() => Environment.GetEnvironmentVariable(FormatVariable) switch
    {
        "json" => true,
        "text" => false,
        _ => Console.IsOutputRedirected,
    };
#pragma warning restore RS0030
}

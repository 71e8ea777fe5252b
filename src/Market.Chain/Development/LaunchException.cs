namespace Market.Chain.Development;

/// <summary>A process of the local market did not start, or did not answer in time. The message is fit for users.</summary>
public sealed class LaunchException(string message, Exception? cause = null) : Exception(message, cause);

namespace Market.Sandbox;

/// <summary>Whether this machine can run tasklets.</summary>
/// <param name="Fit">Workers start and their arithmetic is right.</param>
/// <param name="Confined">Workers are shut off from files, network and other processes by the system, not only by the engine.</param>
/// <param name="Detail">Engine, version, settings and processor; or why the machine is unfit.</param>
public sealed record RuntimeHealth(bool Fit, bool Confined, string Detail);

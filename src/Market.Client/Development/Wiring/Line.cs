namespace Market.Client.Development.Wiring;

/// <summary>How a line treats what goes over it.</summary>
public enum LineMode
{
    /// <summary>Passes it on.</summary>
    Open,

    /// <summary>Holds everything back without a word, as a lost network does. What was on its way arrives when it opens.</summary>
    Silent,

    /// <summary>Breaks connections and takes no new ones, as a machine does whose program is gone.</summary>
    Refused,
}

/// <summary>One way that traffic takes through the switchboard.</summary>
/// <param name="Name">For people and for whoever cuts it: <c>chain/node-1</c>, <c>peers/node-1</c>.</param>
/// <param name="Port">Where it listens on 127.0.0.1.</param>
/// <param name="To">Port of 127.0.0.1 that it leads to.</param>
public sealed record Line(string Name, int Port, int To);

/// <summary>What is wrong with a line now.</summary>
/// <param name="Mode">Whether it passes anything.</param>
/// <param name="DelayMilliseconds">How long each piece is held up.</param>
public sealed record LineState(LineMode Mode, int DelayMilliseconds = 0)
{
    /// <summary>Nothing.</summary>
    public static LineState Open { get; } = new(LineMode.Open);
}

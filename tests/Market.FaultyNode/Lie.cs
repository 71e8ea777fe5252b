namespace Market.FaultyNode;

/// <summary>What the node is wrong about: <c>MARKET_LIE</c>; the first <c>MARKET_LIES</c> runs whose arguments hold <c>MARKET_LIE_ABOUT</c>, then it is honest.</summary>
internal enum Lie
{
    /// <summary>An operand in the middle of the run.</summary>
    Value,

    /// <summary>A byte of memory after a store.</summary>
    Memory,

    /// <summary>The condition of a branch.</summary>
    Branch,

    /// <summary>An argument of a call.</summary>
    Call,

    /// <summary>The last bit of a float's operand.</summary>
    Float,

    /// <summary>The last byte of the output.</summary>
    Output,

    /// <summary>The exit code.</summary>
    Exit,

    /// <summary>The fuel that was used.</summary>
    Fuel,

    /// <summary>A trap where there was none.</summary>
    Trap,

    /// <summary>A byte of the input, once it has been read.</summary>
    Input,

    /// <summary>An operand; and then it never moves in a game.</summary>
    Stall,

    /// <summary>The whole record: it is made up, and no run gives it.</summary>
    Forge,

    /// <summary>It commits to one false run and plays another.</summary>
    Equivocate,

    /// <summary>An operand; and it gives nothing to anyone unless the chain demands it.</summary>
    Withhold,

    /// <summary>Nothing: its results are right, and it throws them away as soon as they are committed.</summary>
    Vanish,

    /// <summary>Nothing: it bids, is leased, and then neither runs anything nor says a word about it.</summary>
    Silent,

    /// <summary>Nothing: as silent, but it appears when it is summoned.</summary>
    Idle,
}

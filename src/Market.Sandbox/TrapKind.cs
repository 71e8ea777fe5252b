namespace Market.Sandbox;

/// <summary>Why a module trapped. Shown to people; a result only says that it did.</summary>
public enum TrapKind : byte
{
    /// <summary>It did not trap.</summary>
    None = 0,

    /// <summary>The fuel limit was reached.</summary>
    OutOfFuel,

    /// <summary>An <c>unreachable</c> instruction: an assertion, an abort, or the depth guard.</summary>
    Unreachable,

    /// <summary>A load, store or bulk operation outside the memory.</summary>
    MemoryBounds,

    /// <summary>An indirect call outside the table.</summary>
    TableBounds,

    /// <summary>An indirect call of an empty table slot.</summary>
    EmptyTableSlot,

    /// <summary>An indirect call of a function of another type.</summary>
    SignatureMismatch,

    /// <summary>Signed division of the least integer by -1, or a float too large for its integer.</summary>
    IntegerOverflow,

    /// <summary>Integer division by zero.</summary>
    DivisionByZero,

    /// <summary>A NaN converted to an integer.</summary>
    BadConversion,

    /// <summary>A read of input outside the input or into memory that does not exist.</summary>
    InputBounds,

    /// <summary>Output from memory that does not exist.</summary>
    OutputBounds,

    /// <summary>More output than the limit.</summary>
    OutputLimit,
}

/// <summary>Words for <see cref="TrapKind"/>.</summary>
public static class TrapKinds
{
    /// <summary>A short phrase in lower case, such as "out of fuel".</summary>
    public static string Describe(this TrapKind kind) => kind switch
    {
        TrapKind.None => "no trap",
        TrapKind.OutOfFuel => "out of fuel",
        TrapKind.Unreachable => "unreachable",
        TrapKind.MemoryBounds => "memory access out of bounds",
        TrapKind.TableBounds => "table access out of bounds",
        TrapKind.EmptyTableSlot => "call of an empty table slot",
        TrapKind.SignatureMismatch => "indirect call of another type",
        TrapKind.IntegerOverflow => "integer overflow",
        TrapKind.DivisionByZero => "division by zero",
        TrapKind.BadConversion => "conversion of a NaN to an integer",
        TrapKind.InputBounds => "input read out of bounds",
        TrapKind.OutputBounds => "output from outside the memory",
        TrapKind.OutputLimit => "output limit reached",
        _ => "unknown trap",
    };
}

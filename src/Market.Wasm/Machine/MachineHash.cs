using Market.Hashing;

namespace Market.Wasm.Machine;

/// <summary>The roots of a running state's three mutable trees.</summary>
public readonly record struct MachineRoots(Hash256 Stack, Hash256 Memory, Hash256 Output);

/// <summary>
/// How states hash. Preimages of 54 (halted), 64 (node, input), 96 (run), 112 (module), 128 (leaf) and 160 bytes (running)
/// cannot be taken for each other.
/// </summary>
public static class MachineHash
{
    /// <summary>Bytes of a running state's preimage.</summary>
    public const int StateSize = 160;

    /// <summary>Bytes of the preimage of a run's constants.</summary>
    public const int RunSize = 96;

    /// <summary>frame root ‖ stdin root.</summary>
    public static Hash256 Input(Hash256 frame, Hash256 stdin) => Keccak256.Hash(frame, stdin);

    /// <summary>code root ‖ input hash ‖ parameters 32.</summary>
    public static byte[] RunPreimage(Hash256 code, Hash256 input, MachineParameters parameters)
    {
        var bytes = new byte[RunSize];
        code.CopyTo(bytes);
        input.CopyTo(bytes.AsSpan(32));
        parameters.Encode(bytes.AsSpan(64));
        return bytes;
    }

    /// <summary>run hash ‖ registers 32 ‖ stack root ‖ memory root ‖ output root.</summary>
    public static byte[] StatePreimage(Hash256 run, MachineRegisters registers, MachineRoots roots)
    {
        var bytes = new byte[StateSize];
        run.CopyTo(bytes);
        registers.Encode(bytes.AsSpan(32));
        roots.Stack.CopyTo(bytes.AsSpan(64));
        roots.Memory.CopyTo(bytes.AsSpan(96));
        roots.Output.CopyTo(bytes.AsSpan(128));
        return bytes;
    }
}

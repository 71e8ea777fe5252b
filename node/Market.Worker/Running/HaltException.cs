using Market.Sandbox;

namespace Market.Worker.Running;

/// <summary>Ends a run from inside a host function: the only way to unwind the wasm frames between.</summary>
internal sealed class HaltException(TrapKind trap, uint exitCode) : Exception
{
    public TrapKind Trap => trap;

    public uint ExitCode => exitCode;
}

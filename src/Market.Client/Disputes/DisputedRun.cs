using Market.Domain.Jobs;
using Market.Domain.Offers;
using Market.Wasm.Machine;
using Market.Wasm.Machine.Accounts;

namespace Market.Client.Disputes;

/// <summary>A tasklet as the judge runs it: program, limits and input.</summary>
/// <param name="Program">The lowered module.</param>
/// <param name="Parameters">The run's constants.</param>
/// <param name="Frame">The input frame.</param>
/// <param name="Stdin">Standard input.</param>
public sealed record DisputedRun(MachineProgram Program, MachineParameters Parameters, byte[] Frame, byte[] Stdin)
{
    /// <summary>The run of an offer's tasklet; null if the module has no program, or starts with more memory than its cap.</summary>
    public static DisputedRun? Of(MachineProgram? program, Terms terms, Work work, byte[] frame, byte[] stdin) =>
        program?.Parameters(frame.Length, stdin.Length, terms.Mfuel * Fuel.PerMfuel, work.MemoryPages, work.OutputLimit) is { } parameters
            ? new DisputedRun(program, parameters, frame, stdin)
            : null;

    /// <summary>The true account of it.</summary>
    public RunAccount Account() => new(Program, Parameters, Frame, Stdin);
}

/// <summary>Makes the account that a side plays with. Everyone's is the true one but a liar's.</summary>
public delegate IRunAccount RunAccounts(DisputedRun run);

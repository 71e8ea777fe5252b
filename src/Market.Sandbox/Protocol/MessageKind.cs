namespace Market.Sandbox.Protocol;

/// <summary>What a message between supervisor and worker says. The supervisor asks, the worker answers once.</summary>
public enum MessageKind : byte
{
    /// <summary>Never sent.</summary>
    None = 0,

    /// <summary>Worker, first: UTF-8 text of <see cref="WorkerIdentity"/>.</summary>
    Hello,

    /// <summary>Worker, instead of Hello or a result: this machine cannot run modules; UTF-8 reason.</summary>
    Unfit,

    /// <summary>Supervisor: compile this canonical module.</summary>
    Compile,

    /// <summary>Worker: the compiled artefact.</summary>
    Compiled,

    /// <summary>Supervisor: load this artefact, which the supervisor has authenticated.</summary>
    Load,

    /// <summary>Worker: loaded.</summary>
    Loaded,

    /// <summary>Supervisor: a <see cref="RunRequest"/>, then frame and standard input.</summary>
    Run,

    /// <summary>Worker: a <see cref="HaltedReply"/>, then the output.</summary>
    Halted,

    /// <summary>Worker: module or limits are at fault; UTF-8 reason.</summary>
    Refused,

    /// <summary>Worker: the run cannot be finished; one byte of <see cref="GiveUpReason"/>, UTF-8 detail.</summary>
    GaveUp,
}

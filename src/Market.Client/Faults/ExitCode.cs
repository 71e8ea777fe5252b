namespace Market.Client.Faults;

/// <summary>The one table of process exit codes, for every command.</summary>
public enum ExitCode
{
    /// <summary>Done.</summary>
    Ok = 0,

    /// <summary>A defect of ours or a broken machine.</summary>
    Internal = 1,

    /// <summary>The command line itself is wrong.</summary>
    Usage = 2,

    /// <summary>The user declined, or the job was cancelled.</summary>
    Declined = 3,

    /// <summary>No wallet, a locked wallet or a wrong password.</summary>
    Wallet = 4,

    /// <summary>A chain endpoint or a node cannot be reached, or is another chain.</summary>
    Unreachable = 5,

    /// <summary>The job ended and some of its tasklets failed.</summary>
    TaskletsFailed = 6,

    /// <summary>The wait ran out; the job goes on.</summary>
    TimedOut = 7,

    /// <summary>The account holds too little.</summary>
    Funds = 8,

    /// <summary>A job file, input or configuration file is not valid.</summary>
    FileInvalid = 9,

    /// <summary>No provider in the market can take the job as it stands.</summary>
    NoProvider = 10,

    /// <summary>A check or a dispute found a wrong result.</summary>
    Fraud = 11,

    /// <summary>Interrupted by the user (128 + SIGINT).</summary>
    Interrupted = 130,
}

using Market.Chain.Transactions;
using Market.Ethereum.Abi;
using Market.Hashing;

namespace Market.Chain.Jobs;

/// <summary>A call to the job manager that anyone may make and somebody should.</summary>
/// <param name="Name">One word for logs.</param>
/// <param name="Job">The job.</param>
/// <param name="Stage">The stage; null for the job as a whole.</param>
public abstract record JobStep(string Name, Hash256 Job, byte? Stage)
{
    /// <summary>Names what is to be done, so that a step just tried is known again.</summary>
    public string Key => $"{Name}/{Stage}/{Job}";

    /// <summary>Makes the call.</summary>
    public abstract Task<SendOutcome> SendAsync(TransactionSender sender, Address manager, CancellationToken cancel);

    internal static JobStep Of<TFunction>(string name, Hash256 job, byte? stage, TFunction call)
        where TFunction : IAbiFunction<TFunction> => new Call<TFunction>(name, job, stage, call);

    private sealed record Call<TFunction>(string Name, Hash256 Job, byte? Stage, TFunction Function) : JobStep(Name, Job, Stage)
        where TFunction : IAbiFunction<TFunction>
    {
        public override Task<SendOutcome> SendAsync(TransactionSender sender, Address manager, CancellationToken cancel) =>
            sender.SendAsync(manager, Function, cancel);
    }
}

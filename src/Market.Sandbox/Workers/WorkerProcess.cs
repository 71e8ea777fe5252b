using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text;
using Market.Hashing;
using Market.Sandbox.Protocol;

namespace Market.Sandbox.Workers;

/// <summary>
/// One worker process and the thread that talks to it. Questions are asked one at a time; a worker that overruns its
/// time or memory, dies or breaks the protocol is killed, and its question answered as lost.
/// </summary>
internal sealed class WorkerProcess : IAsyncDisposable
{
    private const int StackSize = 256 << 10;
    private const int ErrorTail = 512;

    private readonly Process _process;
    private readonly MessagePipe _pipe;
    private readonly TimeProvider _time;
    private readonly SandboxOptions _options;
    private readonly BlockingCollection<(Ask Ask, TaskCompletionSource<Message?> Reply)> _asks = new(boundedCapacity: 1);
    private readonly Lock _killing = new();
    private (GiveUpReason Reason, string Detail)? _killed;

    private WorkerProcess(Process process, SandboxOptions options, TimeProvider time)
    {
        _process = process;
        _time = time;
        _options = options;
        _pipe = new MessagePipe(process.StandardOutput.BaseStream, process.StandardInput.BaseStream);
        new Thread(Talk, StackSize) { IsBackground = true, Name = $"worker {process.Id}" }.Start();
    }

    /// <summary>What the worker said of itself.</summary>
    public WorkerIdentity Identity { get; private set; } = new(0, false, "");

    /// <summary>The canonical module that this worker has loaded; it never gets another.</summary>
    public Hash256? Module { get; set; }

    /// <summary>The operating system's number of the process.</summary>
    public int ProcessId => _process.Id;

    /// <summary>False when the process ended by itself, for example by the kernel's hand.</summary>
    public bool IsAlive => _killed is null && !_process.HasExited;

    /// <summary>Starts a worker and waits until it has introduced itself.</summary>
    public static async Task<(WorkerProcess? Worker, Answer Answer)> StartAsync(
        WorkerLauncher launcher, WorkerRole role, SandboxOptions options, TimeProvider time, CancellationToken cancellationToken)
    {
        Process process;
        try
        {
            process = launcher.Start(role);
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            return (null, Answer.Lost(GiveUpReason.Unfit, $"the worker cannot be started: {e.Message}"));
        }

        var worker = new WorkerProcess(process, options, time);
        try
        {
            var hello = new Ask(MessageKind.None, WorkerIdentity.MaxLength, new AskLimits(options.StartTimeout, options.WorkerOverhead));
            var answer = await worker.AskAsync(hello, cancellationToken);
            if (answer.Message is { Kind: MessageKind.Hello } message
                && WorkerIdentity.Decode(message.Payload.Span) is { Protocol: WorkerIdentity.CurrentProtocol } identity)
            {
                worker.Identity = identity;
                return (worker, answer);
            }

            await worker.DisposeAsync();
            return answer.Message switch
            {
                { Kind: MessageKind.Unfit } unfit => (null, Answer.Lost(GiveUpReason.Unfit, Text(unfit.Payload.Span))),
                { } => (null, Answer.Lost(GiveUpReason.Unfit, "the worker executable speaks another protocol; build it again")),
                null => (null, answer),
            };
        }
        catch (OperationCanceledException)
        {
            await worker.DisposeAsync();
            throw;
        }
    }

    /// <summary>Asks and awaits the answer. Cancelling kills the worker, since a run cannot be interrupted.</summary>
    public async Task<Answer> AskAsync(Ask ask, CancellationToken cancellationToken)
    {
        var reply = new TaskCompletionSource<Message?>(TaskCreationOptions.RunContinuationsAsynchronously);
        var started = _time.GetTimestamp();
        _asks.Add((ask, reply), CancellationToken.None);
        await using var watch = _time.CreateTimer(_ => Watch(ask.Limits, started), null, _options.WatchInterval, _options.WatchInterval);
        await using var cancelled = cancellationToken.Register(() => Kill(GiveUpReason.Unspecified, "cancelled"));

        if (await reply.Task is { } message) return Answer.Of(message);
        Kill(GiveUpReason.WorkerLost, "the worker ended");
        await _process.WaitForExitAsync(CancellationToken.None);
        cancellationToken.ThrowIfCancellationRequested();
        var (reason, detail) = _killed!.Value;
        return Answer.Lost(reason, reason == GiveUpReason.WorkerLost ? DescribeEnd() : detail);
    }

    /// <summary>Kills the process; the first reason given is the one that is reported.</summary>
    public void Kill(GiveUpReason reason, string detail)
    {
        lock (_killing)
        {
            _killed ??= (reason, detail);
            try
            {
                _process.Kill();
            }
            catch (Exception e) when (e is InvalidOperationException or System.ComponentModel.Win32Exception)
            {
                // It ended by itself: what was wanted.
            }
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        Kill(GiveUpReason.Unspecified, "disposed");
        await _process.WaitForExitAsync(CancellationToken.None);
        _asks.CompleteAdding();
    }

    private void Watch(AskLimits limits, long started)
    {
        if (_time.GetElapsedTime(started) > limits.WallClock)
        {
            Kill(GiveUpReason.WallClock, $"no answer within {limits.WallClock.TotalSeconds:0.###} s");
        }
        else if (ResidentMemory.Of(_process) is var held && held > limits.ResidentBytes)
        {
            Kill(GiveUpReason.Memory, $"the worker held {held >> 20} MiB of {limits.ResidentBytes >> 20} MiB");
        }
    }

    private void Talk()
    {
        foreach (var (ask, reply) in _asks.GetConsumingEnumerable())
        {
            Message? message = null;
            try
            {
                if (ask.Kind != MessageKind.None) _pipe.Write(ask.Kind, ask.Head.Span, ask.Middle.Span, ask.Tail.Span);
                _options.Asked?.Invoke(_process.Id, ask.Kind);
                message = _pipe.Read(ask.MaxReply);
            }
            catch (Exception e) when (e is IOException or InvalidDataException or OutOfMemoryException)
            {
                // A worker that is gone, or that announces more than it may send, is lost.
            }

            reply.SetResult(message);
        }

        _pipe.Dispose();
        _process.Dispose();
        _asks.Dispose();
    }

    // The error pipe is read only now: a worker that fills it waits there until its time is up.
    private string DescribeEnd()
    {
        var tail = new byte[ErrorTail];
        var length = _process.StandardError.BaseStream.ReadAtLeast(tail, ErrorTail, throwOnEndOfStream: false);
        var text = Text(tail.AsSpan(0, length));
        return text.Length == 0
            ? $"the worker ended with code {_process.ExitCode}"
            : $"the worker ended with code {_process.ExitCode}: {text}";
    }

    private static string Text(ReadOnlySpan<byte> utf8) =>
        string.Concat(Encoding.UTF8.GetString(utf8).Select(c => char.IsControl(c) ? ' ' : c)).Trim();
}

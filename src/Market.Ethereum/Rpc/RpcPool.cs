using System.Collections.Immutable;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;

namespace Market.Ethereum.Rpc;

/// <summary>
/// Several endpoints of one chain used as one. An endpoint is checked before its first answer counts, again after it was
/// silent, and again from time to time, so chains are never mixed. One endpoint is used until it fails or falls behind;
/// then the next in order takes over.
/// </summary>
public sealed class RpcPool : IJsonRpc
{
    private readonly ImmutableArray<RpcEndpoint> _endpoints;
    private readonly Func<IJsonRpc, CancellationToken, Task<string?>> _check;
    private readonly RpcPoolOptions _options;
    private readonly TimeProvider _time;
    private readonly Lock _lock = new();
    private readonly CancellationTokenSource _disposed = new();
    private int _current;
    private long _lookedAt;
    private Task _look = Task.CompletedTask;

    /// <summary>Uses <paramref name="endpoints"/>, the preferred one first.</summary>
    /// <param name="endpoints">At least one.</param>
    /// <param name="check">Asks one endpoint whether it serves the chain that is meant; null if it does, else in words what it serves.</param>
    /// <param name="options">Intervals and limits.</param>
    /// <param name="time">The clock.</param>
    public RpcPool(IReadOnlyList<Uri> endpoints, Func<IJsonRpc, CancellationToken, Task<string?>> check, RpcPoolOptions options, TimeProvider time)
    {
        ArgumentOutOfRangeException.ThrowIfZero(endpoints.Count);
        _endpoints = [.. endpoints.Select(e => new RpcEndpoint(e, options, time))];
        (_check, _options, _time, _lookedAt) = (check, options, time, time.GetTimestamp());
    }

    /// <inheritdoc/>
    public Uri Endpoint
    {
        get
        {
            lock (_lock) return _endpoints[_current].Client.Endpoint;
        }
    }

    /// <summary>What is known of each endpoint, in order.</summary>
    public ImmutableArray<RpcEndpointStatus> Endpoints
    {
        get
        {
            lock (_lock) return [.. _endpoints.Select(e => new RpcEndpointStatus(e.Client.Endpoint, e.State, e.Detail))];
        }
    }

    /// <summary>Checks all endpoints.</summary>
    /// <exception cref="RpcUnreachableException">None of them serves the chain.</exception>
    public async Task CheckAsync(CancellationToken cancel)
    {
        var usable = await Task.WhenAll(_endpoints.Select(e => CheckAsync(e, cancel)));
        if (Array.IndexOf(usable, true) is var first and >= 0) Prefer(first);
        else throw Unreachable(null);
    }

    /// <inheritdoc/>
    public async Task<T?> CallAsync<T>(string method, JsonArray parameters, JsonTypeInfo<T> type, CancellationToken cancel)
    {
        StartLook();
        RpcUnreachableException? last = null;
        foreach (var index in Order())
        {
            var endpoint = _endpoints[index];
            if (!await IsUsableAsync(endpoint, cancel)) continue;
            try
            {
                var answer = await endpoint.Client.CallAsync(method, parameters, type, cancel);
                Prefer(index);
                return answer;
            }
            catch (RpcUnreachableException e)
            {
                last = e;
                Fail(endpoint, e.Reason);
            }
            catch (JsonRpcException e) when (e.IsOverload && _endpoints.Length > 1)
            {
                last = new RpcUnreachableException(endpoint.Client.Endpoint, e.Message, e);
                Fail(endpoint, e.Message);
            }
        }

        throw Unreachable(last);
    }

    /// <inheritdoc/>
    public async Task<T?> CallOnceAsync<T>(string method, JsonArray parameters, JsonTypeInfo<T> type, CancellationToken cancel)
    {
        foreach (var index in Order())
        {
            var endpoint = _endpoints[index];
            if (!await IsUsableAsync(endpoint, cancel)) continue;
            try
            {
                return await endpoint.Client.CallOnceAsync(method, parameters, type, cancel);
            }
            catch (RpcUnreachableException e)
            {
                Fail(endpoint, e.Reason);
                throw;
            }
        }

        throw Unreachable(null);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _disposed.Cancel();
        foreach (var endpoint in _endpoints) endpoint.Dispose();
        _disposed.Dispose();
    }

    // Good ones first, from the one in use on; then those that lag, that nothing is known of, that fail but had their rest.
    // If none is left, a failing one is asked all the same. A foreign one only after its rest, and then it is checked first.
    private List<int> Order()
    {
        lock (_lock)
        {
            var now = _time.GetTimestamp();
            var order = Enumerable.Range(0, _endpoints.Length).Select(i => (_current + i) % _endpoints.Length).OrderBy(i => Rank(_endpoints[i], now)).ToList();
            return [.. order.Where(i => _endpoints[i].State != RpcEndpointState.Foreign || _endpoints[i].NotBefore <= now)];
        }
    }

    private static int Rank(RpcEndpoint endpoint, long now) => endpoint.State switch
    {
        RpcEndpointState.Good => 0,
        RpcEndpointState.Lagging => 1,
        RpcEndpointState.Unchecked => 2,
        RpcEndpointState.Failing when endpoint.NotBefore <= now => 3,
        RpcEndpointState.Failing => 4,
        _ => 5,
    };

    private async Task<bool> IsUsableAsync(RpcEndpoint endpoint, CancellationToken cancel)
    {
        lock (_lock)
        {
            if (endpoint.IsUsable) return true;
        }

        using (await endpoint.EnterCheckAsync(cancel))
        {
            lock (_lock)
            {
                if (endpoint.IsUsable) return true;
            }

            return await CheckAsync(endpoint, cancel);
        }
    }

    private async Task<bool> CheckAsync(RpcEndpoint endpoint, CancellationToken cancel)
    {
        try
        {
            var foreign = await _check(endpoint.Client, cancel);
            lock (_lock)
            {
                if (foreign is null) endpoint.Succeed(endpoint.State == RpcEndpointState.Lagging);
                else endpoint.Fail(RpcEndpointState.Foreign, foreign);
            }

            return foreign is null;
        }
        catch (Exception e) when (e is RpcUnreachableException or JsonRpcException)
        {
            Fail(endpoint, (e as RpcUnreachableException)?.Reason ?? e.Message);
            return false;
        }
    }

    private void Fail(RpcEndpoint endpoint, string detail)
    {
        lock (_lock) endpoint.Fail(RpcEndpointState.Failing, detail);
    }

    private void Prefer(int index)
    {
        lock (_lock) _current = index;
    }

    // Beside the calls, so that a slow endpoint holds nobody up. One look at a time; it catches what it throws.
    private void StartLook()
    {
        lock (_lock)
        {
            if (!_look.IsCompleted || _time.GetElapsedTime(_lookedAt) < _options.LookInterval) return;
            _lookedAt = _time.GetTimestamp();
            _look = Task.Run(() => LookAsync(_disposed.Token), CancellationToken.None);
        }
    }

    private async Task LookAsync(CancellationToken cancel)
    {
        try
        {
            var heights = await Task.WhenAll(_endpoints.Select(e => HeightAsync(e, cancel)));
            var best = heights.Max() ?? 0;
            lock (_lock)
            {
                for (var i = 0; i < _endpoints.Length; i++)
                {
                    if (heights[i] is { } height && _endpoints[i].IsUsable) _endpoints[i].Succeed(lagging: best - height > _options.MaxLag);
                }
            }
        }
        catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException)
        {
            // The pool is gone.
        }
    }

    private async Task<ulong?> HeightAsync(RpcEndpoint endpoint, CancellationToken cancel)
    {
        using var limit = new CancellationTokenSource(_options.LookTimeout, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancel);
        try
        {
            if (!await CheckAsync(endpoint, either.Token)) return null;
            return await endpoint.Client.CallAsync("eth_blockNumber", [], RpcJson.Default.UInt64, either.Token);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            Fail(endpoint, $"no answer within {_options.LookTimeout.TotalSeconds:0.#} s");
            return null;
        }
        catch (Exception e) when (e is RpcUnreachableException or JsonRpcException)
        {
            Fail(endpoint, (e as RpcUnreachableException)?.Reason ?? e.Message);
            return null;
        }
    }

    private RpcUnreachableException Unreachable(RpcUnreachableException? last)
    {
        if (_endpoints.Length == 1 && last is not null) return last;
        var all = Endpoints;
        if (all.Length == 1) return new RpcUnreachableException(all[0].Endpoint, all[0].Detail ?? "it was not asked", last);
        return new RpcUnreachableException(all[0].Endpoint, string.Join("; ", all.Select(e => $"{e.Endpoint} is {e.State.ToString().ToLowerInvariant()}: {e.Detail}")), last);
    }
}

using Market.Domain.Identity;
using Market.Hashing;
using Market.Transport.Serving;

namespace Market.Transport.Tokens;

/// <summary>What a call's token is worth.</summary>
public enum TokenVerdict
{
    /// <summary>There is none, or its bytes are no token.</summary>
    Missing,

    /// <summary>Its time is over.</summary>
    Expired,

    /// <summary>It is valid for longer than this device remembers nonces.</summary>
    TooLong,

    /// <summary>Its caller is nobody that this device serves; whether it signed is not looked at.</summary>
    Stranger,

    /// <summary>It was not signed by its caller for this method, device and deployment.</summary>
    Foreign,

    /// <summary>It was used before.</summary>
    Replayed,

    /// <summary>More calls are remembered than there is room for.</summary>
    Crowded,

    /// <summary>It names the caller.</summary>
    Valid,
}

/// <summary>
/// Checks tokens on the side that is called. Remembers the nonces of tokens that could still be used, at most
/// <paramref name="capacity"/> of them.
/// </summary>
public sealed class TokenVerifier(SigningDomain domain, DeviceId device, TimeProvider time, int capacity)
{
    /// <summary>Longest life of a token, which bounds what must be remembered.</summary>
    public static readonly TimeSpan MaxLife = TimeSpan.FromMinutes(2);

    /// <summary>The time by which tokens are judged.</summary>
    public UnixTime Now => UnixTime.From(time.GetUtcNow());

    private readonly Lock _lock = new();
    private readonly HashSet<(Address, Hash256)> _used = [];
    private readonly PriorityQueue<(Address, Hash256), ulong> _byExpiry = new();

    /// <summary>Checks the metadata entry of a call of <paramref name="method"/>; a valid token is used up by this.</summary>
    public TokenVerdict Verify(ReadOnlySpan<byte> entry, string method, CallerAdmission admits, out Address caller)
    {
        caller = default;
        if (!CallToken.TryRead(entry, method, device, out var token, out var signature)) return TokenVerdict.Missing;
        var now = Now;
        if (token!.Expiry <= now) return TokenVerdict.Expired;
        if (token.Expiry.SecondsFrom(now) > (ulong)MaxLife.TotalSeconds) return TokenVerdict.TooLong;
        if (!admits(token.Caller)) return TokenVerdict.Stranger;

        // The signature comes before the memory: only its true caller can use a nonce up.
        if (!signature.TryRecover(token.Digest(domain), out var signer) || signer != token.Caller) return TokenVerdict.Foreign;
        lock (_lock)
        {
            while (_byExpiry.TryPeek(out var oldest, out var expiry) && expiry <= now.Seconds)
            {
                _byExpiry.Dequeue();
                _used.Remove(oldest);
            }

            if (_used.Contains((token.Caller, token.Nonce))) return TokenVerdict.Replayed;
            if (_used.Count >= capacity) return TokenVerdict.Crowded;
            _used.Add((token.Caller, token.Nonce));
            _byExpiry.Enqueue((token.Caller, token.Nonce), token.Expiry.Seconds);
        }

        caller = token.Caller;
        return TokenVerdict.Valid;
    }
}

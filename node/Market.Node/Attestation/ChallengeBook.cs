using System.Security.Cryptography;
using Market.Domain.Identity;
using Market.Hashing;

namespace Market.Node.Attestation;

/// <summary>A challenge that this device gave another one.</summary>
/// <param name="Id">Names it; only its subject knows it.</param>
/// <param name="Share">This device's part of the seed.</param>
/// <param name="Subject">Who is measured.</param>
/// <param name="Started">Timestamp of the clock when the share went out.</param>
/// <param name="ExpiresAt">When it is forgotten.</param>
internal sealed record Challenge(Hash256 Id, Hash256 Share, DeviceId Subject, long Started, DateTimeOffset ExpiresAt);

/// <summary>The challenges under way. Each subject has at most one, each serves once, and their number is bounded.</summary>
internal sealed class ChallengeBook(TimeProvider time, RandomNumberGenerator random)
{
    /// <summary>Challenges at once.</summary>
    public const int Capacity = 256;

    /// <summary>How long a subject may take.</summary>
    public static readonly TimeSpan Life = TimeSpan.FromMinutes(2);

    private readonly Lock _lock = new();
    private readonly Dictionary<DeviceId, Challenge> _open = [];

    /// <summary>Draws a share for a subject, in place of an earlier one; null if too many are open.</summary>
    public Challenge? Begin(DeviceId subject)
    {
        var now = time.GetUtcNow();
        lock (_lock)
        {
            foreach (var over in _open.Values.Where(c => c.ExpiresAt <= now).ToList()) _open.Remove(over.Subject);
            if (_open.Count >= Capacity && !_open.ContainsKey(subject)) return null;
            return _open[subject] = new Challenge(Draw(), Draw(), subject, time.GetTimestamp(), now + Life);
        }
    }

    /// <summary>Takes a challenge out; null if it is unknown, over or another subject's.</summary>
    public Challenge? Take(Hash256 id, DeviceId subject)
    {
        lock (_lock)
        {
            if (!_open.TryGetValue(subject, out var challenge) || challenge.Id != id) return null;
            _open.Remove(subject);
            return challenge.ExpiresAt > time.GetUtcNow() ? challenge : null;
        }
    }

    private Hash256 Draw()
    {
        Span<byte> bytes = stackalloc byte[Hash256.Size];
        random.GetBytes(bytes);
        return new Hash256(bytes);
    }
}

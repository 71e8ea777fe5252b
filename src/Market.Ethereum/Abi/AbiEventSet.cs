using System.Diagnostics.CodeAnalysis;
using Market.Hashing;

namespace Market.Ethereum.Abi;

/// <summary>The events of a contract, found by their first topic.</summary>
public sealed class AbiEventSet
{
    private readonly Dictionary<Hash256, Func<IReadOnlyList<Hash256>, ReadOnlyMemory<byte>, object>> _decoders = [];

    /// <summary>First topics of all events in the set.</summary>
    public IReadOnlyCollection<Hash256> Topics => _decoders.Keys;

    /// <summary>The first topic of an event's logs.</summary>
    public static Hash256 TopicOf<TEvent>()
        where TEvent : IAbiEvent<TEvent> => AbiSignature.Topic(AbiSignature.Of(TEvent.Name, TEvent.Components));

    /// <summary>Adds an event and returns this set.</summary>
    public AbiEventSet Add<TEvent>()
        where TEvent : IAbiEvent<TEvent>
    {
        _decoders.Add(TopicOf<TEvent>(), static (topics, data) => AbiCodec.DecodeEvent<TEvent>(topics, data));
        return this;
    }

    /// <summary>The event record that a log holds; false when the set has no such event.</summary>
    /// <exception cref="AbiException">The first topic is known, but the rest is not that event's encoding.</exception>
    public bool TryDecode(IReadOnlyList<Hash256> topics, ReadOnlyMemory<byte> data, [NotNullWhen(true)] out object? value)
    {
        value = topics.Count > 0 && _decoders.TryGetValue(topics[0], out var decode) ? decode(topics, data) : null;
        return value is not null;
    }
}

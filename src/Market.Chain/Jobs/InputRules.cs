using System.Collections.Immutable;
using Market.Chain.Generated.JobManager;
using Market.Chain.Projection;
using Market.Domain.Jobs;
using Market.Ethereum.Abi;
using Market.Hashing;

namespace Market.Chain.Jobs;

/// <summary>Input rules of stages that read others, between the contract's form and the domain's.</summary>
public static class InputRules
{
    private const int KeptBytes = 25; // of a root, by the market
    private static readonly StageId Parent = StageId.Main;

    /// <summary>What stands in the place of a manifest's root.</summary>
    public static Hash256 Hash(this InputRuleTuple rule) => Keccak256.Hash(rule.Encode());

    /// <summary>The rule as the contract hashes it.</summary>
    public static byte[] Encode(this InputRuleTuple rule) => AbiCodec.Encode(AbiTypes.Tuple<InputRuleTuple>(), rule);

    /// <summary>The rule that these bytes are; null if they are none.</summary>
    public static InputRuleTuple? Decode(byte[] rule)
    {
        try
        {
            var decoded = AbiCodec.Decode(AbiTypes.Tuple<InputRuleTuple>(), rule);
            return decoded.Encode().AsSpan().SequenceEqual(rule) ? decoded : null;
        }
        catch (AbiException)
        {
            return null;
        }
    }

    /// <summary>How many outputs a source has.</summary>
    public static int Count(this SourceTuple source) => source.Counts.Sum(count => checked((int)count));

    /// <summary>
    /// The rule with the roots that the devices committed to. The chain compares the first 200 bits of what whoever records a stage shows,
    /// so the last 56 may be anybody's invention; no two committed roots share the first 200.
    /// </summary>
    public static InputRuleTuple Whole(this InputRuleTuple rule, MarketState state) => rule with
    {
        Sources = [.. rule.Sources.Select(source => source with { Roots = [.. source.Roots.Select(root => Whole(root, state))] })],
    };

    /// <summary>The root that a device committed to of which the market keeps the same 200 bits; the given one if there is none.</summary>
    public static Hash256 Whole(Hash256 root, MarketState state)
    {
        Span<byte> mine = stackalloc byte[Hash256.Size];
        Span<byte> other = stackalloc byte[Hash256.Size];
        root.CopyTo(mine);
        foreach (var lease in state.Leases.Values)
        {
            if (lease.ResultRoot is not { } committed) continue;
            committed.CopyTo(other);
            if (mine[..KeptBytes].SequenceEqual(other[..KeptBytes])) return committed;
        }

        return root;
    }

    /// <summary>The rule as the domain says which output goes where; its stages have no names here.</summary>
    /// <exception cref="ArgumentException">The inputs are a manifest.</exception>
    public static FromInputs ToInputs(this InputRuleTuple rule)
    {
        ImmutableArray<StageId> parents = [.. rule.Sources.Select(_ => Parent)];
        var join = (Join)(byte)rule.Join;
        return rule.Kind switch
        {
            InputKindCode.Each => new EachInputs(parents, join),
            InputKindCode.Group when rule.Size == 0 => new AllInputs(parents, join),
            InputKindCode.Group => new GroupInputs(parents, checked((int)rule.Size), join),
            InputKindCode.FanOut => new FanOutInputs(parents, checked((int)rule.Size)),
            _ => throw new ArgumentException("the inputs are a manifest", nameof(rule)),
        };
    }

    /// <summary>What a stage reads, as the contract takes it.</summary>
    /// <param name="inputs">Its inputs.</param>
    /// <param name="parents">Positions of the stages it reads.</param>
    /// <param name="frame">The frame of every tasklet, with no length of standard input.</param>
    public static StageInputTuple ToTuple(this FromInputs inputs, ImmutableArray<byte> parents, byte[] frame)
    {
        var (kind, join, size) = inputs switch
        {
            EachInputs each => (InputKindCode.Each, each.Join, 0),
            GroupInputs group => (InputKindCode.Group, group.Join, group.Size),
            AllInputs all => (InputKindCode.Group, all.Join, 0),
            FanOutInputs fan => (InputKindCode.FanOut, Join.Framed, fan.Max),
            _ => throw new InvalidOperationException("the inputs are closed"),
        };
        return new StageInputTuple(kind, (JoinCode)(byte)join, (uint)size, parents, Ethereum.HexBytes.Wrap(frame));
    }
}

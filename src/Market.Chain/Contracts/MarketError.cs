using System.Collections.Immutable;
using System.Globalization;
using System.Numerics;
using System.Reflection;
using Market.Chain.Generated.CapabilityRegistry;
using Market.Chain.Generated.ComputeMarket;
using Market.Chain.Generated.DisputeGame;
using Market.Chain.Generated.StepVm;
using Market.Chain.Generated.Token;
using Market.Ethereum;
using Market.Ethereum.Abi;

namespace Market.Chain.Contracts;

/// <summary>An argument of a custom error, as text.</summary>
public readonly record struct MarketErrorArgument(string Name, string Value)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Name} {Value}";
}

/// <summary>Why a contract reverted. Every custom error of the market's contracts is decoded; nothing else is possible.</summary>
/// <param name="Name">Name in Solidity, such as <c>DeviceStakeTooLow</c>; <c>Error</c>, <c>Panic</c>, or <see cref="Unknown"/>.</param>
/// <param name="Arguments">Its arguments in order.</param>
/// <param name="Typed">The generated record, to match on: <c>error.Typed is DeviceStakeTooLowError { Needed: … }</c>; null if not the market's.</param>
/// <param name="Data">The revert data.</param>
public sealed record MarketError(string Name, ImmutableArray<MarketErrorArgument> Arguments, object? Typed, HexBytes Data)
{
    /// <summary>The name when the data is nothing we know.</summary>
    public const string Unknown = "Unknown";

    private static readonly AbiErrorSet Known = StepVmMessages.AddErrors(DisputeGameMessages.AddErrors(TokenMessages.AddErrors(
        CapabilityRegistryMessages.AddErrors(ComputeMarketMessages.AddErrors(new AbiErrorSet())))))
        .Add<RevertReason>()
        .Add<PanicCode>();

    /// <summary>Decodes revert data; <paramref name="reason"/> is what the endpoint says about it.</summary>
    public static MarketError Decode(HexBytes data, string? reason)
    {
        if (Known.TryDecode(data.Memory, out var typed))
        {
            var type = typed.GetType();
            var properties = type.GetProperties(BindingFlags.Public | BindingFlags.Instance).OrderBy(p => p.MetadataToken);
            return new MarketError(
                (string)type.GetProperty("Name", BindingFlags.Public | BindingFlags.Static)!.GetValue(null)!,
                [.. properties.Select(p => new MarketErrorArgument(LowerFirst(p.Name), Text(p.GetValue(typed))))],
                typed,
                data);
        }

        return new MarketError(Unknown, reason is null ? [] : [new MarketErrorArgument("reason", reason)], null, data);
    }

    /// <summary><c>DeviceStakeTooLow(have 60, needed 100)</c>.</summary>
    public override string ToString() => Arguments.IsEmpty ? Name : $"{Name}({string.Join(", ", Arguments)})";

    private static string LowerFirst(string name) => char.ToLowerInvariant(name[0]) + name[1..];

    private static string Text(object? value) => Convert.ToString(value, CultureInfo.InvariantCulture) ?? "";

    // What `revert("text")` and `require(false, "text")` give.
    private sealed record RevertReason(string Reason) : IAbiError<RevertReason>
    {
        public static string Name => "Error";

        public static IReadOnlyList<AbiType> Components { get; } = [AbiTypes.String];

        public static RevertReason Decode(AbiReader reader) => new(reader.Read(AbiTypes.String));

        public void Encode(AbiWriter writer) => writer.Write(AbiTypes.String, Reason);
    }

    // What failed assertions, overflows and divisions by zero give; codes in Solidity's documentation, "Panic via assert".
    private sealed record PanicCode(BigInteger Code) : IAbiError<PanicCode>
    {
        public static string Name => "Panic";

        public static IReadOnlyList<AbiType> Components { get; } = [AbiTypes.UInt256];

        public static PanicCode Decode(AbiReader reader) => new(reader.Read(AbiTypes.UInt256));

        public void Encode(AbiWriter writer) => writer.Write(AbiTypes.UInt256, Code);
    }
}

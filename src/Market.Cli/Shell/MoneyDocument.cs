using Market.Domain.Money;

namespace Market.Cli.Shell;

/// <summary>An amount in JSON: decimal text for people's programs, base units for exact ones.</summary>
internal sealed record MoneyDocument(string Amount, string BaseUnits, string Symbol)
{
    public static MoneyDocument Of(Asset asset, Amount amount) => new(asset.FormatNumber(amount), amount.ToString(), asset.Symbol);

    public override string ToString() => $"{Amount} {Symbol}";
}

using System.Globalization;

namespace Market.Domain.Identity;

/// <summary>Protocol time: whole seconds since 1970 UTC, as block timestamps count.</summary>
public readonly record struct UnixTime(ulong Seconds) : IComparable<UnixTime>
{
    private const ulong LastExpressible = 253_402_300_799; // 9999-12-31T23:59:59Z

    /// <summary>The whole second that <paramref name="time"/> lies in.</summary>
    public static UnixTime From(DateTimeOffset time) => new((ulong)Math.Max(0, time.ToUnixTimeSeconds()));

    /// <summary>As a calendar time, held at the year 9999: contracts accept later ones.</summary>
    public DateTimeOffset ToDateTimeOffset() => DateTimeOffset.FromUnixTimeSeconds((long)Math.Min(Seconds, LastExpressible));

    /// <summary>Later by seconds.</summary>
    public UnixTime Plus(ulong seconds) => new(checked(Seconds + seconds));

    /// <summary>Seconds from <paramref name="now"/> until this time, zero once it has passed.</summary>
    public ulong SecondsFrom(UnixTime now) => Seconds > now.Seconds ? Seconds - now.Seconds : 0;

    public static bool operator <(UnixTime left, UnixTime right) => left.Seconds < right.Seconds;

    public static bool operator >(UnixTime left, UnixTime right) => left.Seconds > right.Seconds;

    public static bool operator <=(UnixTime left, UnixTime right) => left.Seconds <= right.Seconds;

    public static bool operator >=(UnixTime left, UnixTime right) => left.Seconds >= right.Seconds;

    /// <inheritdoc/>
    public int CompareTo(UnixTime other) => Seconds.CompareTo(other.Seconds);

    /// <summary>RFC 3339 in UTC.</summary>
    public override string ToString() => ToDateTimeOffset().ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}

using Grpc.Core;
using Market.Hashing;

namespace Market.Transport.Serving;

/// <summary>For services that a node implements itself.</summary>
public static class TransportCaller
{
    /// <summary>The account that the call's token names; checked before the method was entered.</summary>
    public static Address Of(ServerCallContext context) => CallGate.CallerOf(context);
}

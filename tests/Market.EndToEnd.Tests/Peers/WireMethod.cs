using System.Reflection;
using Google.Protobuf.Reflection;
using Market.Transport.Peers;

namespace Market.EndToEnd.Tests.Peers;

/// <summary>A method of a node's services, found in the protocol's own description, so that a new one cannot be left out.</summary>
internal sealed record WireMethod(MethodDescriptor Descriptor)
{
    public static IReadOnlyList<WireMethod> All { get; } =
    [
        .. typeof(PeerClient).Assembly.GetTypes()
            .Select(t => t.GetProperty("Descriptor", BindingFlags.Public | BindingFlags.Static)?.GetValue(null))
            .OfType<ServiceDescriptor>()
            .SelectMany(s => s.Methods)
            .Select(m => new WireMethod(m))
            .OrderBy(m => m.Path, StringComparer.Ordinal),
    ];

    public string Path => $"/{Descriptor.Service.FullName}/{Descriptor.Name}";

    public override string ToString() => Path;
}

using System.Text.Json;
using System.Text.Json.Serialization;

namespace Market.Chain.Tests.Fixture;

[JsonSerializable(typeof(JsonElement))]
internal sealed partial class TestJson : JsonSerializerContext;

using System.Buffers.Binary;
using System.IO.Compression;
using Google.Protobuf;
using Google.Protobuf.Reflection;

namespace Market.EndToEnd.Tests.Peers;

/// <summary>Request bodies nobody honest sends: noise, well-formed messages with wild values, bent ones, and false framing.</summary>
internal static class HostileMessages
{
    private const int MaxDepth = 4;
    private static readonly ulong[] Numbers = [0, 1, 2, 127, 128, 65_535, 65_536, 65_537, 131_072, uint.MaxValue, 1UL << 40, long.MaxValue, ulong.MaxValue];

    /// <summary>A whole request body for <paramref name="method"/>.</summary>
    public static byte[] Body(Random random, WireMethod method)
    {
        using var body = new MemoryStream();
        var messages = method.Descriptor.IsClientStreaming ? random.Next(1, 6) : 1;
        for (var i = 0; i < messages; i++)
        {
            var message = random.Next(3) switch
            {
                0 => Noise(random, random.Next(400)),
                1 => Wild(random, method.Descriptor.InputType, 0),
                _ => Bent(random, Wild(random, method.Descriptor.InputType, 0)),
            };
            Frame(random, body, message, honest: random.Next(5) != 0);
        }

        return body.ToArray();
    }

    /// <summary>A message with every field set to something, none of it meant.</summary>
    public static byte[] Wild(Random random, MessageDescriptor type, int depth)
    {
        using var bytes = new MemoryStream();
        using (var output = new CodedOutputStream(bytes, leaveOpen: true))
        {
            foreach (var field in type.Fields.InDeclarationOrder())
            {
                if (random.Next(6) == 0) continue;
                var times = field.IsRepeated ? random.Next(random.Next(8) == 0 ? 1200 : 4) : 1;
                for (var i = 0; i < times; i++) Write(random, output, field, depth);
            }
        }

        return bytes.ToArray();
    }

    private static void Write(Random random, CodedOutputStream output, FieldDescriptor field, int depth)
    {
        switch (field.FieldType)
        {
            case FieldType.Message when depth < MaxDepth:
                output.WriteTag(field.FieldNumber, WireFormat.WireType.LengthDelimited);
                output.WriteBytes(ByteString.CopyFrom(Wild(random, field.MessageType, depth + 1)));
                break;
            case FieldType.Bytes or FieldType.String:
                output.WriteTag(field.FieldNumber, WireFormat.WireType.LengthDelimited);
                output.WriteBytes(ByteString.CopyFrom(Noise(random, random.Next(4) switch { 0 => random.Next(70), 1 => 65_536, 2 => 64, _ => 32 })));
                break;
            case not FieldType.Message:
                output.WriteTag(field.FieldNumber, WireFormat.WireType.Varint);
                output.WriteUInt64(random.Next(3) == 0 ? (ulong)random.NextInt64() : Numbers[random.Next(Numbers.Length)]);
                break;
        }
    }

    private static byte[] Bent(Random random, byte[] message)
    {
        for (var i = random.Next(1, 6); i > 0 && message.Length > 0; i--) message[random.Next(message.Length)] ^= (byte)(1 << random.Next(8));
        return random.Next(3) == 0 ? message[..random.Next(message.Length + 1)] : message;
    }

    // gRPC's frame: compressed flag 1 ‖ length 4 (big-endian) ‖ message.
    private static void Frame(Random random, MemoryStream body, byte[] message, bool honest)
    {
        Span<byte> prefix = stackalloc byte[5];
        BinaryPrimitives.WriteInt32BigEndian(prefix[1..], message.Length);
        if (!honest)
        {
            switch (random.Next(5))
            {
                case 0:
                    BinaryPrimitives.WriteUInt32BigEndian(prefix[1..], (uint)random.NextInt64(uint.MaxValue));
                    break;
                case 1:
                    prefix[0] = (byte)random.Next(1, 256);
                    break;
                case 2:
                    // Small on the wire, ten megabytes unpacked.
                    prefix[0] = 1;
                    message = Bomb;
                    BinaryPrimitives.WriteInt32BigEndian(prefix[1..], message.Length);
                    break;
                case 3:
                    body.Write(prefix[..random.Next(5)]);
                    return;
                default:
                    message = Noise(random, 200_000);
                    BinaryPrimitives.WriteInt32BigEndian(prefix[1..], message.Length);
                    break;
            }
        }

        body.Write(prefix);
        body.Write(message);
    }

    private static byte[] Bomb { get; } = MakeBomb();

    private static byte[] MakeBomb()
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest)) gzip.Write(new byte[10_000_000]);
        return packed.ToArray();
    }

    private static byte[] Noise(Random random, int length)
    {
        var bytes = new byte[length];
        random.NextBytes(bytes);
        return bytes;
    }
}

using Market.Sandbox.Protocol;
using Microsoft.Win32.SafeHandles;

namespace Market.Worker.Host;

/// <summary>The pipes to the supervisor.</summary>
internal static class StandardStreams
{
    public static MessagePipe Open()
    {
        if (OperatingSystem.IsWindows())
        {
            // The supervisor talks over the standard streams, in binary; nothing here writes to a console.
#pragma warning disable RS0030
            return new MessagePipe(Console.OpenStandardInput(), Console.OpenStandardOutput());
#pragma warning restore RS0030
        }

        // Descriptors 0 and 1 as they are: the console's streams would set up a terminal, which is denied later.
        return new MessagePipe(
            new FileStream(new SafeFileHandle(0, ownsHandle: false), FileAccess.Read, bufferSize: 0),
            new FileStream(new SafeFileHandle(1, ownsHandle: false), FileAccess.Write, bufferSize: 0));
    }
}

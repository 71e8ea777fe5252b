using Market.Sandbox.Protocol;
using Market.Worker;
using Market.Worker.Compiling;
using Market.Worker.Host;
using Market.Worker.Running;

// The supervisor talks over the standard streams, in binary; nothing here writes to a console.
#pragma warning disable RS0030
using var pipe = new MessagePipe(Console.OpenStandardInput(), Console.OpenStandardOutput());
#pragma warning restore RS0030

Restraints.Apply();
switch (args)
{
    case ["compile"]:
        Session.Serve(pipe, CompileHandler.Create);
        return 0;
    case ["run"]:
        Session.Serve(pipe, RunHandler.Create);
        return 0;
    default:
        return 2;
}

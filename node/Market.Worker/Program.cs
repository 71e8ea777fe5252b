using Market.Worker;
using Market.Worker.Compiling;
using Market.Worker.Host;
using Market.Worker.Running;

using var pipe = StandardStreams.Open();
Restraints.Apply();
switch (args)
{
    case ["compile"]:
        Session.Serve(pipe, CompileHandler.Create);
        return 0;
    case ["run"]:
        Session.Serve(pipe, RunHandler.Create);
        return 0;
    case ["probe-escape", "confined" or "open"]:
        return EscapeProbe.Run(args[1] == "confined");
    default:
        return 2;
}

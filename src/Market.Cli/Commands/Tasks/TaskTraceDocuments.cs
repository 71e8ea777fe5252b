namespace Market.Cli.Commands.Tasks;

/// <param name="Schema">market.task-trace/1</param>
/// <param name="Module">The module's blob name.</param>
/// <param name="ProgramRoot">Root of the step machine's program.</param>
/// <param name="At">The state that the trace begins in.</param>
/// <param name="Steps">The steps from there.</param>
/// <param name="Memory">The memory that was asked for, as it was in that state.</param>
/// <param name="Profile">Where fuel goes in the whole run, if asked for.</param>
/// <param name="End">How the run ended, if it did within these steps.</param>
internal sealed record TaskTraceDocument(
    string Schema, string Module, string ProgramRoot, StateDocument At, IReadOnlyList<StepDocument> Steps, MemoryDocument? Memory, ProfileDocument? Profile, EndDocument? End);

/// <param name="Step">Steps before this state.</param>
/// <param name="FuelUsed">In decimal.</param>
/// <param name="Hash">The state's hash, as a dispute would name it.</param>
/// <param name="Pages">Pages (64 KiB) of memory.</param>
/// <param name="OutputLength">Bytes of output so far.</param>
/// <param name="Stack">Top slots, the topmost first, in hexadecimal.</param>
/// <param name="Calls">Active functions, innermost first.</param>
internal sealed record StateDocument(
    long Step, string FuelUsed, string Hash, uint Pages, uint OutputLength, IReadOnlyList<string> Stack, IReadOnlyList<CallDocument> Calls);

/// <param name="Function">Its name.</param>
/// <param name="Pc">The next instruction that it executes.</param>
/// <param name="Arguments">Its parameters as they are now, in hexadecimal.</param>
internal sealed record CallDocument(string Function, uint Pc, IReadOnlyList<string> Arguments);

/// <param name="Step">Steps before it.</param>
/// <param name="Pc">Index of the instruction.</param>
/// <param name="Function">The function it is in.</param>
/// <param name="Instruction">What it does.</param>
/// <param name="Operands">Top slots before it, the topmost first.</param>
internal sealed record StepDocument(long Step, uint Pc, string Function, string Instruction, IReadOnlyList<string> Operands);

/// <param name="Address">First byte.</param>
/// <param name="Bytes">In hexadecimal.</param>
internal sealed record MemoryDocument(uint Address, string Bytes);

/// <param name="Exact">Whether every step was looked at.</param>
/// <param name="Interval">One step in so many was.</param>
/// <param name="Functions">By fuel, most first.</param>
internal sealed record ProfileDocument(bool Exact, int Interval, IReadOnlyList<FunctionDocument> Functions);

/// <param name="Function">Its name.</param>
/// <param name="Fuel">Charged while it ran itself, in decimal.</param>
internal sealed record FunctionDocument(string Function, string Fuel);

/// <param name="Status">exited or trapped.</param>
/// <param name="ExitCode">Zero unless the program gave another.</param>
/// <param name="FuelUsed">In decimal.</param>
/// <param name="Output">The output's blob name.</param>
/// <param name="ResultHash">What a device commits to, and the halted state's hash.</param>
internal sealed record EndDocument(string Status, uint ExitCode, string FuelUsed, string Output, string ResultHash);

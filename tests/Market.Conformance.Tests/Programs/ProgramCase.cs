namespace Market.Conformance.Tests.Programs;

/// <summary>A real program and one input: <c>NAME/NAME.wasm</c> with <c>NAME/cases/CASE.in</c> and <c>CASE.args</c>, one argument a line.</summary>
internal sealed record ProgramCase(string Program, string Case)
{
    private static readonly string Root = Path.Combine(AppContext.BaseDirectory, "Programs");

    public string Module => Path.Combine(Root, Program, Program + ".wasm");

    public string StdinPath => Path.Combine(Root, Program, "cases", Case + ".in");

    /// <summary>The program's name and its arguments.</summary>
    public string[] Arguments => [Program, .. Lines(Path.ChangeExtension(StdinPath, ".args"))];

    public byte[] Stdin => File.Exists(StdinPath) ? File.ReadAllBytes(StdinPath) : [];

    /// <summary>All cases of <paramref name="program"/>, by name.</summary>
    public static IReadOnlyList<ProgramCase> Of(string program) =>
        [.. Directory.EnumerateFiles(Path.Combine(Root, program, "cases"))
            .Where(file => Path.GetExtension(file) is ".in" or ".args")
            .Select(file => Path.GetFileNameWithoutExtension(file))
            .Distinct()
            .Order(StringComparer.Ordinal)
            .Select(name => new ProgramCase(program, name))];

    private static string[] Lines(string path) => File.Exists(path) ? File.ReadAllLines(path) : [];
}

using System.Collections.Immutable;
using Market.Client.Faults;

namespace Market.Client.Tasks;

/// <summary>One run of a module that a test makes.</summary>
/// <param name="Name">What it is called in reports.</param>
/// <param name="Arguments">Arguments after the program's name.</param>
/// <param name="Stdin">Standard input.</param>
/// <param name="Expected">The output it must write; null if any will do.</param>
public sealed record TaskCase(string Name, ImmutableArray<string> Arguments, ReadOnlyMemory<byte> Stdin, ReadOnlyMemory<byte>? Expected)
{
    /// <summary>
    /// The cases of a folder, by name: <c>name.in</c> is standard input, <c>name.args</c> (if there) the arguments, one a
    /// line, <c>name.out</c> (if there) the expected output. A case has at least one of the first two.
    /// </summary>
    /// <exception cref="MarketException">E1309: there is no case, or an output without one.</exception>
    public static async Task<ImmutableArray<TaskCase>> ReadFolderAsync(string folder, CancellationToken cancel)
    {
        if (!Directory.Exists(folder)) throw new MarketException("E1309", ExitCode.FileInvalid, $"There is no folder {folder}.", "put cases there: name.in, name.args, name.out");
        var names = Directory.EnumerateFiles(folder)
            .Where(file => Path.GetExtension(file) is ".in" or ".args" or ".out")
            .Select(file => Path.GetFileNameWithoutExtension(file)).Distinct().Order(StringComparer.Ordinal).ToList();
        if (names.Count == 0) throw new MarketException("E1309", ExitCode.FileInvalid, $"{folder} holds no case.", "add name.in (standard input), name.args (one argument a line) or both, and name.out");
        var cases = ImmutableArray.CreateBuilder<TaskCase>();
        foreach (var name in names)
        {
            var (input, arguments, output) = (Path.Combine(folder, $"{name}.in"), Path.Combine(folder, $"{name}.args"), Path.Combine(folder, $"{name}.out"));
            if (!File.Exists(input) && !File.Exists(arguments))
            {
                throw new MarketException("E1309", ExitCode.FileInvalid, $"{output} has neither {name}.in nor {name}.args beside it.", $"add {name}.in, which may be empty");
            }

            cases.Add(new TaskCase(
                name,
                File.Exists(arguments) ? [.. await File.ReadAllLinesAsync(arguments, cancel)] : [],
                File.Exists(input) ? await File.ReadAllBytesAsync(input, cancel) : default(ReadOnlyMemory<byte>),
                File.Exists(output) ? await File.ReadAllBytesAsync(output, cancel) : default(ReadOnlyMemory<byte>?)));
        }

        return cases.ToImmutable();
    }
}

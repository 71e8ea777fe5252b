using System.Text;
using Market.Conformance.Tests.Engines;
using Market.Wasm;
using Market.Wasm.Canonical;
using Market.Wasm.Text;
using Wasmtime;

namespace Market.Conformance.Tests.Suite;

/// <summary>
/// Runs one script of the suite: every module goes through the canonicaliser's passes, keeping its own imports and
/// exports, and runs in a host.
/// </summary>
internal sealed class ScriptRunner
{
    private readonly string _file;
    private string _source;
    private readonly Tally _tally;
    private readonly SuiteHost _host;
    private readonly Dictionary<string, LoadedModule> _named = [];
    private readonly Dictionary<string, LoadedModule> _registered = [];
    private readonly List<LoadedModule> _loaded = [];
    private LoadedModule _current = new(null, "no module yet", []);
    private Dictionary<SExpression, Constant> _constants = [];

    /// <summary>A module that runs, or why it does not, and the names it imports from.</summary>
    private sealed class LoadedModule(SuiteInstance? instance, string? leftOut, IReadOnlyList<string> imports)
    {
        public SuiteInstance? Instance { get; } = instance;

        public string? LeftOut { get; set; } = leftOut;

        public IReadOnlyList<string> Imports { get; } = imports;
    }

    public ScriptRunner(string path, SuiteHost host, Tally tally)
    {
        _file = Path.GetFileName(path);
        _source = File.ReadAllText(path, Encoding.UTF8);
        _tally = tally;
        _host = host;
    }

    public void Run()
    {
        // A file may also be the fields of one module.
        var commands = SExpression.Parse(_source);
        if (commands is [{ Head: "func" or "memory" or "table" or "global" }, ..])
        {
            _source = $"(module {_source})";
            commands = SExpression.Parse(_source);
        }

        _constants = Constants.Read(commands.SelectMany(c => c.Items.Append(c)));
        foreach (var command in commands) Run(command);
    }

    private void Run(SExpression command)
    {
        switch (command.Head)
        {
            case "module": Load(command); break;
            case "register": Register(command); break;
            case "invoke": Invoke(command, command, expectTrap: false); break;
            case "assert_return": Invoke(command, command.Items[1], expectTrap: false); break;
            case "assert_trap" or "assert_exhaustion" when command.Items[1].Head is "invoke" or "get": Invoke(command, command.Items[1], expectTrap: true); break;
            case "assert_trap" or "assert_unlinkable" or "assert_uninstantiable": ExpectNoInstance(command); break;
            case "assert_invalid" or "assert_malformed": ExpectRefusal(command); break;
            default: _tally.Fail(Where(command), $"unknown command {command.Head}"); break;
        }
    }

    private string Where(SExpression node) => $"{_file}:{_source.AsSpan(0, node.Start).Count('\n') + 1}";

    /// <summary>The binary of a module node, or null if it has none because its text is meant to be wrong.</summary>
    private byte[]? Binary(SExpression module)
    {
        var kind = module.Items.Skip(1).FirstOrDefault(i => i.Atom is "binary" or "quote");
        if (kind?.Atom == "binary") return [.. module.Items.Where(i => i.String is not null).SelectMany(i => i.String!)];
        if (kind?.Atom == "quote") return null;
        try
        {
            return Wat.Binary(Escape(_source[module.Start..module.End]));
        }
        catch (WasmtimeException)
        {
            return null;
        }
    }

    // Wasmtime's parser refuses some characters as confusing to readers; only strings and comments can hold them.
    private static string Escape(string text) =>
        string.Concat(text.EnumerateRunes().Select(r => r.IsAscii ? r.ToString() : string.Concat(Encoding.UTF8.GetBytes(r.ToString()).Select(b => $"\\{b:x2}"))));

    private void Load(SExpression module)
    {
        _current = Instantiate(module);
        _loaded.Add(_current);
        if (_current.LeftOut is { } reason) _tally.Leave("module", reason);
        else _tally.Pass("module");
        if (module.Items.Count > 1 && module.Items[1].Atom is { } name && name.StartsWith('$')) _named[name] = _current;
    }

    private LoadedModule Instantiate(SExpression module)
    {
        if (Binary(module) is not { } binary)
        {
            _tally.Fail(Where(module), "the module's text does not convert");
            return new LoadedModule(null, "text does not convert", []);
        }

        switch (Canonicaliser.Canonicalise(binary, new OpenLinkage()))
        {
            case Canonicalisation.Refused { Refusal: { Kind: RefusalKind.Unsupported, Message: "reference types" } } when Reduce(module) is { } reduced:
                return reduced;
            case Canonicalisation.Refused { Refusal.Kind: RefusalKind.Unsupported } refused:
                Taint(Imports(module));
                return new LoadedModule(null, $"outside the subset: {Feature(refused.Refusal)}", []);
            case Canonicalisation.Accepted accepted:
                return Start(module, binary, accepted.Module);
            case Canonicalisation.Refused refused:
                _tally.Fail(Where(module), $"valid module refused: {refused.Refusal}");
                return new LoadedModule(null, "refused", []);
            default: throw new InvalidOperationException();
        }
    }

    /// <summary>Tries the module without the functions and globals that use references; null if it does not do without.</summary>
    private LoadedModule? Reduce(SExpression module)
    {
        var kept = module.Items.Where(i => !Source(i).Contains("externref", StringComparison.Ordinal)
            && !(i.Head != "table" && Source(i).Contains("funcref", StringComparison.Ordinal))
            && !Source(i).Contains("(ref.", StringComparison.Ordinal));
        try
        {
            var binary = Wat.Binary($"({string.Join('\n', kept.Select(Source))})");
            if (Canonicaliser.Canonicalise(binary, new OpenLinkage()) is not Canonicalisation.Accepted accepted) return null;
            _tally.Pass("module (without its functions that use references)");
            return Start(module, binary, accepted.Module);
        }
        catch (WasmtimeException)
        {
            return null;
        }
    }

    private string Source(SExpression node) => _source[node.Start..node.End];

    private LoadedModule Start(SExpression module, byte[] binary, CanonicalModule canonical)
    {
        try
        {
            return new LoadedModule(_host.Instantiate(binary, canonical), null, Imports(module));
        }
        catch (SuiteException e) when (e.UnknownImport)
        {
            return new LoadedModule(null, "imports from a module that was left out", []);
        }
        catch (SuiteException e)
        {
            _tally.Fail(Where(module), $"canonical module does not start: {e.Message}");
            return new LoadedModule(null, "failed", []);
        }
    }

    // Names of imports and the like would scatter the counts.
    private static string Feature(Refusal refusal) => refusal.Message.StartsWith("imported ", StringComparison.Ordinal)
        ? string.Join(' ', refusal.Message.Split(' ')[..2])
        : refusal.Message;

    private static List<string> Imports(SExpression node) =>
        [.. node.Items.SelectMany(Imports), .. node.Head == "import" ? [node.Items[1].Text] : Array.Empty<string>()];

    /// <summary>
    /// A module that is left out would have changed tables, memories or globals that it imports. What later commands
    /// then see in the owners, and in modules that call these, is not what the script expects.
    /// </summary>
    private void Taint(IEnumerable<string> owners)
    {
        foreach (var name in owners.Distinct().Where(_registered.ContainsKey).ToList())
        {
            var owner = _registered[name];
            if (owner.LeftOut is not null) continue;
            owner.LeftOut = "shares state with a module that was left out";
            foreach (var user in _loaded.Where(m => m.Instance is not null && m.Imports.Contains(name))) user.LeftOut ??= owner.LeftOut;
        }
    }

    private LoadedModule Find(SExpression? name) => name is null ? _current : _named[name.Atom!];

    private void Register(SExpression command)
    {
        var module = Find(command.Items.Count > 2 ? command.Items[2] : null);
        _registered[command.Items[1].Text] = module;
        if (module.Instance is { } instance)
        {
            _host.Register(command.Items[1].Text, instance);
            _tally.Pass("register");
        }
        else
        {
            _tally.Leave("register", module.LeftOut!);
        }
    }

    private void Invoke(SExpression command, SExpression action, bool expectTrap)
    {
        var named = action.Items[1].Atom is not null;
        var module = Find(named ? action.Items[1] : null);
        if (module.LeftOut is { } reason)
        {
            _tally.Leave(command.Head!, reason);
            return;
        }

        var instance = module.Instance!;

        var name = action.Items[named ? 2 : 1].Text;
        if (action.Head == "invoke" && !instance.HasFunction(name))
        {
            _tally.Leave(command.Head!, "outside the subset: reference types (function taken out)");
            return;
        }

        try
        {
            var results = action.Head == "get"
                ? instance.Get(name)
                : instance.Call(name, [.. action.Items.Skip(named ? 3 : 2).Select(a => _constants[a])]);
            if (expectTrap) _tally.Fail(Where(command), "no trap");
            else Compare(command, results, command == action ? [] : command.Items.Skip(2).Select(r => _constants[r]));
        }
        catch (SuiteException e)
        {
            _host.RefillAfterTrap();
            if (expectTrap) _tally.Pass(command.Head!);
            else _tally.Fail(Where(command), $"trap: {e.Message}");
        }
    }

    private void Compare(SExpression command, IReadOnlyList<Constant> results, IEnumerable<Constant> expected)
    {
        // A NaN from arithmetic must be the canonical one with a clear sign: stricter than the suite, which lets either pass.
        var right = expected.Select(e => e.AnyNan ? e with { Bits = Values.CanonicalNan(e.Type), AnyNan = false } : e);
        if (command.Head == "invoke" || right.SequenceEqual(results)) _tally.Pass(command.Head!);
        else _tally.Fail(Where(command), $"got {string.Join(' ', results)}, expected {string.Join(' ', right)}");
    }

    private void ExpectRefusal(SExpression command)
    {
        if (command.Items[1].Items.Any(i => i.Atom == "quote"))
        {
            _tally.Leave(command.Head!, "text format");
            return;
        }

        if (Binary(command.Items[1]) is not { } binary)
        {
            _tally.Leave(command.Head!, "the fault shows in the text already");
            return;
        }

        switch (Canonicaliser.Canonicalise(binary, new OpenLinkage()))
        {
            case Canonicalisation.Refused { Refusal.Kind: RefusalKind.Unsupported } refused:
                _tally.Pass($"{command.Head} (refused, as outside the subset)");
                break;
            case Canonicalisation.Refused: _tally.Pass(command.Head!); break;
            default: _tally.Fail(Where(command), "accepted"); break;
        }
    }

    private void ExpectNoInstance(SExpression command)
    {
        if (Binary(command.Items[1]) is not { } binary)
        {
            _tally.Fail(Where(command), "the module's text does not convert");
            return;
        }

        if (Canonicaliser.Canonicalise(binary, new OpenLinkage()) is not Canonicalisation.Accepted accepted)
        {
            Taint(Imports(command.Items[1]));
            _tally.Pass($"{command.Head} (refused)");
            return;
        }

        try
        {
            _host.Instantiate(binary, accepted.Module);
            _tally.Fail(Where(command), "instantiated");
        }
        catch (SuiteException)
        {
            _tally.Pass(command.Head!);
        }
    }
}

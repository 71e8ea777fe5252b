namespace Market.Wasm.Format;

/// <summary>Decodes a binary's sections (WebAssembly 2.0, chapter 5.5) and refuses what is outside the subset.</summary>
internal sealed class ModuleDecoder
{
    private readonly WasmModule _module;
    private WasmReader _in;

    private ModuleDecoder(byte[] bytes)
    {
        _module = new WasmModule(bytes);
        _in = new WasmReader(bytes, 0, bytes.Length);
    }

    public static WasmModule Decode(byte[] bytes)
    {
        if (bytes.Length > Limits.ModuleBytes) throw RefusalException.TooLarge($"{bytes.Length} bytes of wasm, more than {Limits.ModuleBytes}", 0);
        return new ModuleDecoder(bytes).Decode();
    }

    private WasmModule Decode()
    {
        var file = _in;
        if (!file.Bytes(Math.Min(4, file.End)).SequenceEqual("\0asm"u8)) throw RefusalException.Malformed("magic header not detected", 0);
        var version = file.Fixed32();
        if (version == 0x1000d) throw RefusalException.Unsupported("a component, not a core module", 4);
        if (version != 1) throw RefusalException.Malformed($"unknown binary version {version}", 4);
        var last = 0;
        while (!file.AtEnd)
        {
            var at = file.Position;
            var id = file.Byte();
            var size = file.U32();
            if (size > file.End - file.Position) throw RefusalException.Malformed("length out of bounds", at);
            var start = file.Position;
            file.Bytes((int)size);
            _in = new WasmReader(_module.Bytes, start, start + (int)size);
            if (id == 0)
            {
                _in.Name();
                continue;
            }

            var order = Order(id, at);
            if (order <= last) throw RefusalException.Malformed("unexpected content after last section: sections out of order or repeated", at);
            last = order;
            Section(id);
            if (!_in.AtEnd) throw RefusalException.Malformed("section size mismatch", _in.Position);
        }

        if (_module.Code.Count != _module.Functions.Count) throw RefusalException.Malformed("function and code section have inconsistent lengths", file.Position);
        if (_module.DataCount is { } count && count != _module.Data.Count) throw RefusalException.Malformed("data count and data section have inconsistent lengths", file.Position);
        return _module;
    }

    // The data count section, number 12, stands between elements and code; the tag section, 13, after memories.
    private static int Order(byte id, int at) => id switch
    {
        <= 9 => id,
        12 => 10,
        10 => 11,
        11 => 12,
        13 => throw RefusalException.Unsupported("exceptions (tag section)", at),
        _ => throw RefusalException.Malformed("malformed section id", at),
    };

    private void Section(byte id)
    {
        switch (id)
        {
            case 1: Each(Limits.Types, "types", () => _module.Types.Add(Type())); break;
            case 2: Each(Limits.Names, "imports", Import); break;
            case 3: Each(Limits.Functions, "functions", () => _module.Functions.Add(TypeIndex())); break;
            case 4: Each(Limits.Names, "tables", Table); break;
            case 5: Each(Limits.Names, "memories", Memory); break;
            case 6: Each(Limits.Globals, "globals", Global); break;
            case 7: Each(Limits.Names, "exports", ReadExport); break;
            case 8: _module.Start = _in.U32(); break;
            case 9: Each(Limits.Segments, "element segments", Element); break;
            case 10: Each(Limits.Functions, "bodies", Body); break;
            case 11: Each(Limits.Segments, "data segments", Data); break;
            case 12: _module.DataCount = _in.U32(); break;
            default: throw new InvalidOperationException("sections are checked before");
        }
    }

    private void Each(int cap, string what, Action read)
    {
        var count = _in.Count(cap, what);
        for (var i = 0; i < count; i++) read();
    }

    private FunctionType Type()
    {
        var at = _in.Position;
        var form = _in.Byte();
        if (form is 0x4e or 0x4f or 0x50 or 0x5e or 0x5f) throw RefusalException.Unsupported("garbage collection types", at);
        if (form != 0x60) throw RefusalException.Malformed("malformed function type", at);
        return new FunctionType(_in.ReadTypes("parameters"), _in.ReadTypes("results"));
    }

    private FunctionType TypeIndex()
    {
        var at = _in.Position;
        var index = _in.U32();
        return index < _module.Types.Count ? _module.Types[(int)index] : throw RefusalException.Invalid($"unknown type {index}", at);
    }

    private void Import()
    {
        var at = _in.Position;
        var module = _in.Name();
        var name = _in.Name();
        var kindAt = _in.Position;
        var kind = _in.Byte();
        if (kind is 1 or 2 or 3) throw RefusalException.Unsupported($"imported {((ExternalKind)kind).ToString().ToLowerInvariant()} {module}.{name}", at);
        if (kind == 4) throw RefusalException.Unsupported("exceptions (imported tag)", at);
        if (kind != 0) throw RefusalException.Malformed("malformed import kind", kindAt);
        _module.Imports.Add(new FunctionImport(module, name, TypeIndex(), at));
    }

    private SizeLimits SizeLimits(uint cap, string what)
    {
        var at = _in.Position;
        var flags = _in.Byte();
        if (flags is 2 or 3) throw RefusalException.Unsupported("threads (shared memory)", at);
        if (flags is >= 4 and <= 7) throw RefusalException.Unsupported("memory64", at);
        if (flags is >= 8 and <= 15) throw RefusalException.Unsupported("custom page sizes", at);
        if (flags > 1) throw RefusalException.Malformed("malformed limits flags", at);
        var minimum = _in.U32();
        uint? maximum = flags == 1 ? _in.U32() : null;
        if (minimum > cap || maximum > cap) throw RefusalException.Invalid($"{what} larger than {cap}", at);
        if (minimum > maximum) throw RefusalException.Invalid("size minimum must not be greater than maximum", at);
        return new SizeLimits(minimum, maximum);
    }

    private void Table()
    {
        var at = _in.Position;
        var type = _in.Byte();
        if (type == 0x6f) throw RefusalException.Unsupported("reference types (externref table)", at);
        if (type is 0x40 or 0x63 or 0x64) throw RefusalException.Unsupported("typed references", at);
        if (type != 0x70) throw RefusalException.Malformed("malformed reference type", at);
        var limits = SizeLimits(uint.MaxValue, "table");
        if (_module.Table is not null) throw RefusalException.Unsupported("several tables", at);
        if (limits.Minimum > Limits.TableEntries) throw RefusalException.TooLarge($"{limits.Minimum} table entries, more than {Limits.TableEntries}", at);
        _module.Table = limits;
    }

    private void Memory()
    {
        var at = _in.Position;
        var limits = SizeLimits(Limits.MemoryPages, "memory");
        if (_module.Memory is not null) throw RefusalException.Unsupported("several memories", at);
        _module.Memory = limits;
    }

    private void Global()
    {
        var type = _in.ReadType();
        var at = _in.Position;
        var mutability = _in.Byte();
        if (mutability > 1) throw RefusalException.Malformed("malformed mutability", at);
        _module.Globals.Add(new Global(new GlobalType(type, mutability == 1), Constant(type)));
    }

    private void ReadExport()
    {
        var at = _in.Position;
        var name = _in.Name();
        var kindAt = _in.Position;
        var kind = _in.Byte();
        if (kind == 4) throw RefusalException.Unsupported("exceptions (exported tag)", at);
        if (kind > 3) throw RefusalException.Malformed("malformed export kind", kindAt);
        _module.Exports.Add(new Export(name, (ExternalKind)kind, _in.U32(), at));
    }

    /// <summary>A constant expression. Without imported globals only constants can stand in one.</summary>
    private ulong Constant(WasmType type)
    {
        var at = _in.Position;
        ulong value = 0;
        WasmType? found = null;
        var count = 0;
        for (; ; count++)
        {
            var opAt = _in.Position;
            var op = _in.Byte();
            if (op == (int)Opcode.End) break;
            switch ((Opcode)op)
            {
                case Opcode.I32Const: value = (uint)_in.Signed(32); found = WasmType.I32; break;
                case Opcode.I64Const: value = (ulong)_in.Signed(64); found = WasmType.I64; break;
                case Opcode.F32Const: value = _in.Fixed32(); found = WasmType.F32; break;
                case Opcode.F64Const: value = _in.Fixed64(); found = WasmType.F64; break;
                case Opcode.GlobalGet: throw RefusalException.Invalid($"unknown global {_in.U32()} in a constant expression", opAt);
                case (Opcode)0xd0 or (Opcode)0xd2: throw RefusalException.Unsupported("reference types (in a constant expression)", opAt);
                case Opcode.I32Add or Opcode.I32Sub or Opcode.I32Mul or Opcode.I64Add or Opcode.I64Sub or Opcode.I64Mul:
                    throw RefusalException.Unsupported("extended constant expressions", opAt);
                default:
                    throw op is 0xfd ? RefusalException.Unsupported("SIMD", opAt)
                        : OpcodeTable.Find(op) is null ? RefusalException.Malformed("illegal opcode", opAt)
                        : RefusalException.Invalid("constant expression required", opAt);
            }
        }

        if (count != 1 || found != type) throw RefusalException.Invalid($"type mismatch: a constant of type {type.Name()} expected", at);
        return value;
    }

    private void Element()
    {
        var at = _in.Position;
        var flags = _in.U32();
        switch (flags)
        {
            case 0: break;
            case 2:
                if (_in.U32() != 0) throw RefusalException.Invalid("unknown table", at);
                break;
            case 1 or 3 or 5 or 7: throw RefusalException.Unsupported("passive or declarative element segments", at);
            case 4 or 6: throw RefusalException.Unsupported("reference types (element expressions)", at);
            default: throw RefusalException.Malformed("malformed elements segment kind", at);
        }

        if (_module.Table is not { } table) throw RefusalException.Invalid("unknown table 0", at);
        var start = (uint)Constant(WasmType.I32);
        if (flags == 2 && _in.Byte() != 0) throw RefusalException.Malformed("malformed element kind", at);
        var functions = new uint[_in.Count(Limits.TableEntries, "elements")];
        for (var i = 0; i < functions.Length; i++)
        {
            var indexAt = _in.Position;
            functions[i] = _in.U32();
            if (functions[i] >= _module.FunctionCount) throw RefusalException.Invalid($"unknown function {functions[i]}", indexAt);
        }

        if ((long)start + functions.Length > table.Minimum) throw RefusalException.Unsupported("element segment outside the table, which fails at start", at);
        _module.Elements.Add(new ElementSegment(start, functions, at));
    }

    private void Body()
    {
        var at = _in.Position;
        var size = _in.U32();
        if (size > _in.End - _in.Position) throw RefusalException.Malformed("unexpected end of code", at);
        if (size > Limits.BodyBytes) throw RefusalException.TooLarge($"{size} bytes of code in one function, more than {Limits.BodyBytes}", at);
        _module.Code.Add(new CodeBody(_in.Position, _in.Position + (int)size));
        _in.Bytes((int)size);
    }

    private void Data()
    {
        var at = _in.Position;
        var flags = _in.U32();
        if (flags == 1) throw RefusalException.Unsupported("passive data segments", at);
        if (flags > 2) throw RefusalException.Malformed("malformed data segment kind", at);
        if (flags == 2 && _in.U32() != 0) throw RefusalException.Invalid("unknown memory", at);
        if (_module.Memory is not { } memory) throw RefusalException.Invalid("unknown memory 0", at);
        var address = (uint)Constant(WasmType.I32);
        var length = _in.Count(int.MaxValue, "bytes of data");
        if (address + (ulong)length > (ulong)memory.Minimum << 16) throw RefusalException.Unsupported("data segment outside the memory, which fails at start", at);
        _module.Data.Add(new DataSegment(address, _in.Position, length, at));
        _in.Bytes(length);
    }
}

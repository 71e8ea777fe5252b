using Wasmtime;

namespace Market.Conformance.Tests.Suite;

/// <summary>The functions of module <c>spectest</c> that scripts may import; what they would print is of no interest.</summary>
internal static class SpecTest
{
    public static void Define(Linker linker, Store store)
    {
        linker.Define("spectest", "print", Function.FromCallback(store, () => { }));
        linker.Define("spectest", "print_i32", Function.FromCallback(store, (int _) => { }));
        linker.Define("spectest", "print_i64", Function.FromCallback(store, (long _) => { }));
        linker.Define("spectest", "print_f32", Function.FromCallback(store, (float _) => { }));
        linker.Define("spectest", "print_f64", Function.FromCallback(store, (double _) => { }));
        linker.Define("spectest", "print_i32_f32", Function.FromCallback(store, (int _, float _) => { }));
        linker.Define("spectest", "print_f64_f64", Function.FromCallback(store, (double _, double _) => { }));
    }
}

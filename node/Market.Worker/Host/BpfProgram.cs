namespace Market.Worker.Host;

/// <summary>
/// Writes a classic BPF program over struct seccomp_data (number u32 @0, architecture u32 @4, arguments u64 @16),
/// one struct sock_filter (code u16, jump-if-true u8, jump-if-false u8, operand u32) per word.
/// </summary>
internal sealed class BpfProgram
{
    private const ushort LoadWord = 0x20; // BPF_LD | BPF_W | BPF_ABS
    private const ushort JumpIfEqual = 0x15; // BPF_JMP | BPF_JEQ | BPF_K
    private const ushort JumpIfBitSet = 0x45; // BPF_JMP | BPF_JSET | BPF_K
    private const ushort Return = 0x06; // BPF_RET | BPF_K
    private const uint Allowed = 0x7fff0000; // SECCOMP_RET_ALLOW
    private const uint Killed = 0x80000000; // SECCOMP_RET_KILL_PROCESS
    private const uint Error = 0x00050000; // SECCOMP_RET_ERRNO
    private const uint EPERM = 1;
    private const uint ENOSYS = 38;
    private const uint NumberOffset = 0;
    private const uint ArchitectureOffset = 4;
    private const uint ArgumentsOffset = 16;

    private readonly List<ulong> _words = [];

    /// <summary>Starts with the check that numbers mean what the table says: a call by another convention ends the process.</summary>
    public BpfProgram(SystemCallNumbers numbers)
    {
        Add(LoadWord, ArchitectureOffset);
        Add(JumpIfEqual, numbers.Architecture, ifTrue: 1);
        Add(Return, Killed);
        Add(LoadWord, NumberOffset);
    }

    public void Allow(IEnumerable<int> numbers)
    {
        foreach (var number in numbers)
        {
            Add(JumpIfEqual, (uint)number, ifFalse: 1);
            Add(Return, Allowed);
        }
    }

    public void DenyAsMissing(int number)
    {
        Add(JumpIfEqual, (uint)number, ifFalse: 1);
        Add(Return, Error | ENOSYS);
    }

    public void AllowIfEqual(int number, int argument, uint value) => AllowIf(number, argument, JumpIfEqual, value);

    public void AllowIfBitSet(int number, int argument, uint mask) => AllowIf(number, argument, JumpIfBitSet, mask);

    /// <summary>Everything not mentioned fails with EPERM.</summary>
    public ulong[] Finish()
    {
        Add(Return, Error | EPERM);
        return [.. _words];
    }

    // The low half of the argument decides; both machines are little-endian, and the arguments in question are 32-bit.
    private void AllowIf(int number, int argument, ushort jump, uint operand)
    {
        Add(JumpIfEqual, (uint)number, ifFalse: 4);
        Add(LoadWord, ArgumentsOffset + (8 * (uint)argument));
        Add(jump, operand, ifFalse: 1);
        Add(Return, Allowed);
        Add(Return, Error | EPERM);
    }

    private void Add(ushort code, uint operand, byte ifTrue = 0, byte ifFalse = 0) =>
        _words.Add(code | ((ulong)ifTrue << 16) | ((ulong)ifFalse << 24) | ((ulong)operand << 32));
}

using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace RecordSync.Daemon;

/// <summary>
/// Standard input, key by key, for as long as the process lives. Console.ReadKey puts the terminal back into its line mode between two keys, and what is typed
/// or pasted in that moment is edited and echoed by the kernel; so the mode is set here, once, and given back at the end. Ctrl-C and Ctrl-Z stay signals.
/// </summary>
internal sealed partial class RawTerminal : IDisposable
{
    private const int StandardInput = 0;
    private const int ApplyNow = 0; // TCSANOW
    private const int SignalStop = 19; // SIGSTOP, on all but MIPS and SPARC

    private readonly FileStream input = new(new SafeFileHandle(StandardInput, ownsHandle: false), FileAccess.Read, bufferSize: 0);
    private readonly byte[] buffer = new byte[1024];
    private readonly PosixSignalRegistration continued;
    private readonly Termios found;

    /// <param name="resumed">Called after Ctrl-Z and fg, when the screen wants to be drawn again.</param>
    public RawTerminal(Action resumed)
    {
        _ = GetAttributes(StandardInput, out found);
        Enter();
        if (OperatingSystem.IsWindows())
            throw new PlatformNotSupportedException();
        continued = PosixSignalRegistration.Create(
            PosixSignal.SIGCONT,
            _ =>
            {
                Enter();
                resumed();
            }
        );
    }

    /// <summary>Standard input is a terminal, and this process is of its foreground job. Any other that changes the terminal's mode is stopped by the kernel.</summary>
    public static bool InForeground => GetForegroundGroup(StandardInput) == GetGroup();

    /// <summary>Stops this process as Ctrl-Z does, until its shell continues it.</summary>
    public static void StopProcess() => _ = Kill(Environment.ProcessId, SignalStop);

    /// <summary>Blocks; an empty span is the end of the input.</summary>
    public ReadOnlySpan<byte> Read() => buffer.AsSpan(0, input.Read(buffer));

    public void Dispose()
    {
        continued.Dispose();
        input.Dispose();
        if (InForeground)
            _ = SetAttributes(StandardInput, ApplyNow, found);
    }

    private void Enter()
    {
        if (!InForeground)
            return;
        Termios raw = found;
        raw.Input &= ~(Termios.FlowControl | Termios.ReturnToNewline);
        raw.Local &= ~(Termios.LineMode | Termios.Echo | Termios.Extended);
        raw.Characters[Termios.QuitCharacter] = 0; // Ctrl-\ would end the process with the terminal in this mode
        raw.Characters[Termios.LeastBytes] = 1;
        raw.Characters[Termios.Timeout] = 0;
        _ = SetAttributes(StandardInput, ApplyNow, raw);
    }

    /// <summary>struct termios of Linux, the same on x64, arm64 and arm (asm-generic/termbits.h, as the C libraries pad it).</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Termios
    {
        public const uint ReturnToNewline = 0x100; // ICRNL
        public const uint FlowControl = 0x400; // IXON
        public const uint LineMode = 0x2; // ICANON
        public const uint Echo = 0x8; // ECHO
        public const uint Extended = 0x8000; // IEXTEN
        public const int QuitCharacter = 1; // VQUIT
        public const int Timeout = 5; // VTIME
        public const int LeastBytes = 6; // VMIN

        public uint Input;
        public uint Output;
        public uint Control;
        public uint Local;
        public byte Line;
        public ControlCharacters Characters;
        public uint InputSpeed;
        public uint OutputSpeed;
    }

    [InlineArray(32)]
    private struct ControlCharacters
    {
        private byte first;
    }

    [LibraryImport("libc", EntryPoint = "tcgetpgrp")]
    private static partial int GetForegroundGroup(int file);

    [LibraryImport("libc", EntryPoint = "getpgrp")]
    private static partial int GetGroup();

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Kill(int process, int signal);

    [LibraryImport("libc", EntryPoint = "tcgetattr", SetLastError = true)]
    private static partial int GetAttributes(int file, out Termios attributes);

    [LibraryImport("libc", EntryPoint = "tcsetattr", SetLastError = true)]
    private static partial int SetAttributes(int file, int when, in Termios attributes);
}

using System.ComponentModel;
using System.Diagnostics;

namespace RecordSync.Bench;

/// <summary>A machine of the soak: its disk, and the node process that lives on it now.</summary>
internal sealed class SoakNode : IDisposable
{
    private const int DiskMegabytes = 48;

    private readonly string disk;
    private readonly string space;
    private readonly string[] arguments;
    private readonly List<LabProcess> before = [];

    /// <param name="root">Of all machines' disks.</param>
    /// <param name="space">Its network namespace.</param>
    public SoakNode(string root, string space, string name, string role, Endpoint group, string clock)
    {
        (Name, this.space, disk) = (name, space, Path.Combine(root, name));
        Directory.CreateDirectory(disk);
        Tool("mount", "-t", "tmpfs", "-o", $"size={DiskMegabytes}m", "tmpfs", disk);
        arguments =
        [
            "--role", role, "--node-id", name, "--interface", NetworkNamespaces.InterfaceName, "--group", group.ToString(), "--size", "320x240", "--fps", "15", "--bitrate", "300", "--keyframe-interval", "500ms",
            "--output", Path.Combine(disk, "{take}", "{node}.mp4"), "--simulated-clock", clock, "--max-clock-error", "20ms", "--reserve", "4MB", "--min-record-time", "5s",
        ];
    }

    public string Name { get; }

    public LabProcess? Process { get; private set; }

    public bool IsUp => Process is not null && !IsLeaving;

    /// <summary>Grows with each process: figures of two of them say nothing about either.</summary>
    public int Lives => before.Count + (Process is null ? 0 : 1);

    /// <summary>What the present process had said when the take began.</summary>
    public int Mark { get; set; }

    /// <summary>Where it records.</summary>
    public string Disk => disk;

    public string FolderOf(string take) => Path.Combine(disk, take);

    /// <summary>Since the take's beginning, of the process that was there then.</summary>
    public IEnumerable<string> Said => (Process?.Lines ?? []).Skip(Mark).Select(line => line.Text);

    public IEnumerable<string> SaidEver => before.Append(Process).OfType<LabProcess>().SelectMany(process => process.Lines).Select(line => line.Text);

    /// <summary>When it last said that it leads; 0: not as long as it lives.</summary>
    public long LedSince => Process?.Lines.LastOrDefault(line => line.Text.StartsWith("this node leads", StringComparison.Ordinal)).MonotonicNs ?? 0;

    public void Start(string camera)
    {
        string binary = Environment.GetEnvironmentVariable("RECORD_SYNCD_BINARY") ?? throw new InvalidOperationException("run me by ./dev soak");
        Process = new LabProcess(space, binary, [.. arguments, "--camera", camera]);
        Mark = 0;
    }

    /// <summary>No process of it is there, also none that is still leaving.</summary>
    public bool IsGone
    {
        get
        {
            if (IsLeaving && Process!.HasExited)
                Retire();
            return Process is null;
        }
    }

    /// <summary>kill -9.</summary>
    public void Kill()
    {
        Process!.Kill();
        Retire();
    }

    /// <summary>Has been told to quit.</summary>
    public bool IsLeaving { get; private set; }

    public void Leave()
    {
        IsLeaving = true;
        Process!.Type("quit");
    }

    /// <summary>"quit", and what came of it.</summary>
    /// <exception cref="InvalidOperationException">It does not go.</exception>
    public async Task Quit(CancellationToken stop)
    {
        if (!IsLeaving)
            Leave();
        long until = Environment.TickCount64 + 60_000;
        while (!Process!.HasExited)
        {
            if (Environment.TickCount64 > until)
                throw new InvalidOperationException($"{Name} was told to quit a minute ago, and is still there");
            await Task.Delay(20, stop);
        }
        Retire();
    }

    /// <summary>Leaves so much free, bytes.</summary>
    public void FillDisk(long free)
    {
        using FileStream file = File.Create(Path.Combine(disk, "ballast"));
        byte[] block = new byte[1 << 16];
        try
        {
            while (new DriveInfo(disk).AvailableFreeSpace > free)
            {
                file.Write(block);
                file.Flush();
            }
        }
        catch (IOException)
        {
            // it is full
        }
    }

    public void FreeDisk() => File.Delete(Path.Combine(disk, "ballast"));

    public void Dispose()
    {
        foreach (LabProcess process in before.Append(Process).OfType<LabProcess>())
            process.Dispose();
        Tool("umount", "--lazy", disk);
    }

    private void Retire()
    {
        before.Add(Process!);
        Process = null;
        IsLeaving = false;
    }

    private static void Tool(string program, params string[] arguments)
    {
        try
        {
            using Process process = System.Diagnostics.Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
            string said = process.StandardError.ReadToEnd();
            process.WaitForExit();
            if (process.ExitCode != 0)
                throw new InvalidOperationException($"{program} {string.Join(' ', arguments)}: {said.Trim()}");
        }
        catch (Win32Exception e)
        {
            throw new InvalidOperationException($"{program}: {e.Message}");
        }
    }
}

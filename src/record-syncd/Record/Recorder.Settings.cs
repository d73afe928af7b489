using RecordSync.Gst;

namespace RecordSync.Daemon;

/// <summary>What a START asks of the camera for its take (docs/protocol.md §5.10): the camera has it before the node agrees, and is as it was started after it.</summary>
internal sealed partial class Recorder
{
    /// <summary>Null: the camera is as the node was started.</summary>
    private TakeSettings? given;

    /// <summary>What the node waits to hear of.</summary>
    private (string Id, CameraSettings Camera)? wanted;

    /// <summary>With the bitrate of <see cref="given"/>.</summary>
    private DiskBudget? givenBudget;

    public void Configure(string id, TakeSettings? asked) => Post(new Job.Configure(id, asked));

    private FrameRate Rate => given?.Rate ?? options.Rate;

    private int Bitrate => given?.Bitrate ?? options.Bitrate;

    private DiskBudget Budget => givenBudget ?? budget;

    private CameraSettings SettingsOfCamera
    {
        get
        {
            FrameSize size = given?.Size ?? options.Size;
            return new CameraSettings(options.Camera, size.Width, size.Height, Rate) { LockExposure = given?.LockExposure ?? false, LockWhiteBalance = given?.LockWhiteBalance ?? false };
        }
    }

    private void Configure(Job.Configure asked)
    {
        if (camera is not { } own || active is not null)
        {
            report(new RecorderEvent.CannotConfigure(asked.Id, active is null ? cameraFault ?? "there is no camera" : "a take is being recorded"));
            return;
        }
        CameraSettings before = wanted?.Camera ?? SettingsOfCamera;
        Give(asked.Settings);
        CameraSettings now = SettingsOfCamera;
        wanted = (asked.Id, now);
        if (now == before && picture is not null && cameraFault is null)
            Settled(null);
        else
        {
            Use(own, before, now);
            Say();
        }
    }

    /// <summary>A camera that is opened anew shows nothing that was asked for until then; a lock is set while it runs.</summary>
    private void Use(Camera own, CameraSettings before, CameraSettings now)
    {
        if (now with { LockExposure = before.LockExposure, LockWhiteBalance = before.LockWhiteBalance } != before)
            picture = null;
        own.Use(now);
    }

    private void Give(TakeSettings? asked)
    {
        given = asked;
        givenBudget = asked?.Bitrate is { } kbps ? new DiskBudget(options.Storage, kbps + SoundKbps(options)) : null;
    }

    private void OnSettled(CameraEvent.Settled settled)
    {
        if (wanted is { } waiting && waiting.Camera == settled.Asked)
            Settled(settled.Fault);
    }

    private void Settled(string? fault)
    {
        string id = wanted!.Value.Id;
        wanted = null;
        if (given is null)
            cameraFault = fault;
        // room for a take at this bitrate is part of it
        fault ??= Obstacle();
        if (fault is not null && given is not null)
        {
            CameraSettings refused = SettingsOfCamera;
            Give(null);
            cameraFault = null;
            Use(camera!, refused, SettingsOfCamera);
        }
        Say();
        report(fault is null ? new RecorderEvent.Configured(id) : new RecorderEvent.CannotConfigure(id, fault));
    }
}

using System.Collections.Concurrent;
using RecordSync.Gst;

namespace RecordSync.Daemon.Tests;

/// <summary>A picture as it passed the gate, and what its pixels say.</summary>
internal sealed record SeenFrame(long CaptureNs, long ArrivedNs, PixelStamp? Stamp);

/// <summary>A camera whose events and pictures (320 × 240) are kept until a test takes them.</summary>
internal sealed class WatchedCamera : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly BlockingCollection<CameraEvent> events = [];
    private readonly BlockingCollection<SeenFrame> frames = [];

    public WatchedCamera(string source, FrameRate? rate = null)
    {
        Camera = new Camera(new CameraSettings(source, 320, 240, rate ?? FrameRate.Default), events.Add);
        Watch();
        Camera.Start();
    }

    public Camera Camera { get; }

    public void Watch() => Camera.Handler = Take;

    public CameraEvent NextEvent() => events.TryTake(out CameraEvent? next, Patience) ? next : throw new TimeoutException("The camera reports nothing.");

    public List<SeenFrame> Collect(int count)
    {
        List<SeenFrame> seen = [];
        while (seen.Count < count)
            seen.Add(frames.TryTake(out SeenFrame? frame, Patience) ? frame : throw new TimeoutException($"Only {seen.Count} of {count} pictures came."));
        return seen;
    }

    /// <summary>Forgets the pictures that have come.</summary>
    public void Clear()
    {
        while (frames.TryTake(out _)) { }
    }

    public void Dispose() => Camera.Dispose();

    private void Take(in CapturedFrame frame, BorrowedBuffer buffer)
    {
        using BufferMap map = buffer.MapRead();
        frames.Add(new SeenFrame(frame.MonotonicNs, frame.ArrivedNs, PixelCode.TryRead(map.Span, 320, 320, 240, out PixelStamp stamp) ? stamp : null));
    }
}

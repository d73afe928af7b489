namespace RecordSync.Daemon;

/// <summary>What stamps the packets of a link, chosen when its sockets are opened: the network card where that is wanted and possible, else the kernel as far as it can.</summary>
internal sealed class LinkStamps : IDisposable
{
    private readonly TimestampSource ofKernel;
    private readonly string interfaceName;
    private readonly int interfaceIndex;
    private HardwareStamps? hardware;

    /// <param name="former">Of the same link before it was mended: what it has of the card is taken over, because some drivers take the link down when they are set anew.</param>
    /// <exception cref="NetworkException">At the start of a link, the card's stamps are insisted on and cannot be had.</exception>
    public LinkStamps(LinkSettings settings, LinkSockets sockets, string interfaceName, LocalClock clock, LinkStamps? former = null)
    {
        (ofKernel, this.interfaceName, interfaceIndex) = (sockets.Unicast.Timestamps, interfaceName, sockets.InterfaceIndex);
        string lack = "";
        if (former is { hardware.IsOn: true } && former.interfaceIndex == interfaceIndex)
            (hardware, former.hardware) = (former.hardware, null);
        else
            former?.Dispose();
        if (hardware is null && settings.Hardware != HardwareChoice.Off && ofKernel != TimestampSource.Kernel)
            lack = "is on a machine whose kernel stamps no packets as it should";
        else if (hardware is null && settings.Hardware != HardwareChoice.Off)
            hardware = HardwareStamps.TryOpen(interfaceName, clock, out lack);
        if (hardware is not null && !(sockets.Unicast.UseHardware(true) && sockets.Group.UseHardware(true)))
        {
            hardware.Dispose();
            hardware = null;
            lack = "has hardware time stamps, but the kernel does not hand them over";
        }
        if (hardware is null)
        {
            // a socket that was kept may have had them
            _ = sockets.Unicast.UseHardware(false);
            _ = sockets.Group.UseHardware(false);
        }
        Lack = hardware is null && settings.Hardware != HardwareChoice.Off ? $"{interfaceName} {lack}" : null;
        if (former is null && settings.Hardware == HardwareChoice.On && Lack is not null)
            throw new NetworkException($"Hardware time stamps were asked for, but {Lack}. With --hardware-timestamps auto the node goes on with those of the kernel.");
        Selection = new StampSelection(clock, hardware is null ? null : hardware.Clock.ToLocal);
    }

    public StampSelection Selection { get; }

    /// <summary>Why the card's stamps are not in use though they are wanted, in words; null where there is nothing to say.</summary>
    public string? Lack { get; }

    public TimestampSource Source => Selection.UsesHardware ? TimestampSource.Hardware : ofKernel;

    /// <summary>What is in use, and what is not and why, for people.</summary>
    public string Describe() =>
        Source switch
        {
            TimestampSource.Hardware => $"hardware: {interfaceName}, by its clock /dev/ptp{hardware!.ClockIndex}",
            TimestampSource.Kernel when Selection.Silence is { } silence => $"kernel; {interfaceName} {silence}",
            TimestampSource.Kernel => Lack is null ? "kernel" : $"kernel; {Lack}",
            TimestampSource.KernelReceiveOnly => "kernel, of received packets only: the error bound is wider",
            _ => "program, for want of the kernel's: the error bound is wider",
        };

    public void Dispose() => hardware?.Dispose();
}

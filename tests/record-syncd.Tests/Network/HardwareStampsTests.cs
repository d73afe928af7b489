using Microsoft.Win32.SafeHandles;
using Xunit;

namespace RecordSync.Daemon.Tests;

/// <summary>The real system calls, on interfaces that have no hardware stamps: a card that has is not to be had in a test.</summary>
public sealed class HardwareStampsTests
{
    private static readonly InterfaceChoice Loopback = InterfaceChoice.Resolve("lo");

    [Fact]
    public void The_loopback_interface_tells_that_it_stamps_in_software_only()
    {
        using SafeFileHandle socket = Libc.Socket(Libc.AddressFamilyInternet, Libc.SocketDatagram);

        Assert.Equal(0, Libc.TimestampingInfo(socket, "lo", out TimestampingAbilities abilities));
        // SOF_TIMESTAMPING_RX_SOFTWARE and _SOFTWARE
        Assert.Equal(0x18u, abilities.Flags & 0x18);
        Assert.Equal(-1, abilities.ClockIndex);
        Assert.NotNull(abilities.Lack);
        Assert.True(Libc.GetHardwareStamping(socket, "lo", out _) < 0);
        Assert.True(Libc.SetHardwareStamping(socket, "lo", HardwareStamping.Wanted, out _) < 0);
    }

    [Fact]
    public void An_interface_that_is_not_there_is_an_error_and_no_more()
    {
        using SafeFileHandle socket = Libc.Socket(Libc.AddressFamilyInternet, Libc.SocketDatagram);

        Assert.Equal(-Libc.NoSuchDevice, Libc.TimestampingInfo(socket, "nosuch0", out _));
        Assert.Equal(-Libc.NoSuchDevice, Libc.TimestampingInfo(socket, "a-name-longer-than-any-interface", out _));
        Assert.Null(Libc.OpenPtpClock(4_095, out int error));
        Assert.NotEqual(0, error);
    }

    [Fact]
    public void Asked_for_without_support_it_is_said_what_the_interface_lacks()
    {
        LinkSettings settings = new(Loopback, TestGroup.Next()) { Hardware = HardwareChoice.On };

        string message = Assert.Throws<NetworkException>(() => new MulticastLink(settings, new LocalClock())).Message;

        Assert.Equal(
            "Hardware time stamps were asked for, but lo has no hardware time stamps (its driver offers software ones only). "
                + "With --hardware-timestamps auto the node goes on with those of the kernel.",
            message
        );
        // nothing stays open behind it
        using MulticastLink link = new(settings with { Hardware = HardwareChoice.Auto }, new LocalClock());
        Assert.Equal(TimestampSource.Kernel, link.Timestamps);
        Assert.Equal("kernel; lo has no hardware time stamps (its driver offers software ones only)", link.DescribeStamps());
    }

    [Fact]
    public void A_virtual_cable_has_none_either_and_the_kernels_serve()
    {
        using NetworkNamespaces machines = NetworkNamespaces.Create(2);
        Endpoint group = TestGroup.Next();
        using MulticastLink link = machines.Inside(
            0,
            () => new MulticastLink(new LinkSettings(InterfaceChoice.Resolve(NetworkNamespaces.InterfaceName), group) { Hardware = HardwareChoice.Auto }, new LocalClock())
        );

        Assert.Equal(TimestampSource.Kernel, link.Timestamps);
        Assert.StartsWith("kernel; eth0 has no hardware time stamps", link.DescribeStamps(), StringComparison.Ordinal);
    }

    [Fact]
    public void Hardware_stamps_that_no_card_makes_leave_those_of_the_kernel_on_reception_and_none_on_sends()
    {
        // the socket is told to hand over a card's stamps; the loopback interface makes none
        using StampedSocket socket = new(sends: true);
        Assert.True(socket.UseHardware(true));
        Assert.Equal(0, Libc.Bind(socket.Handle, new Endpoint(Loopback.Address, 0)));
        Endpoint self = Libc.LocalEndpoint(socket.Handle);
        byte[] buffer = new byte[16];
        RawStamp received = default;
        for (int turn = 0; turn < 1_000 && received.IsNone; turn++)
        {
            Assert.Equal(1, socket.Send(self, "x"u8, stamp: true, byHardware: true));
            Await(socket.Handle);
            Assert.Equal(1, socket.Receive(buffer, out _, out received));
        }
        Assert.True(received is { SoftwareNs: > 0, HardwareNs: 0 });
        Assert.False(socket.TryReadTransmitStamp(out _, out _));

        // and the kernel's come again when the card is given up; the keys go on
        Assert.Equal(1, socket.Send(self, "x"u8, stamp: true, byHardware: false));
        Await(socket.Handle);
        Assert.True(socket.TryReadTransmitStamp(out uint key, out RawStamp sent));
        Assert.True(sent is { SoftwareNs: > 0, HardwareNs: 0 });
        Assert.True(key > 0);
    }

    private static void Await(SafeFileHandle socket)
    {
        Span<Libc.PollDescriptor> polled = [new Libc.PollDescriptor { Descriptor = (int)socket.DangerousGetHandle(), Events = Libc.PollIn }];
        Assert.Equal(1, Libc.Poll(polled, (int)EventLog<int>.Patience.TotalMilliseconds));
    }
}

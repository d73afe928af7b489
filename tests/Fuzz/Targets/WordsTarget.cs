using System.Text;
using System.Text.Json;
using RecordSync.Daemon;

namespace RecordSync.Fuzz;

/// <summary>Short texts that people and other programs write: the first byte says what it is taken for.</summary>
internal static class WordsTarget
{
    private static readonly (Action<string> Read, string Example)[] Readers =
    [
        (ReadRate, "30000/1001"),
        (text => Same(Endpoint.TryParse(text, out Endpoint read), () => Endpoint.TryParse($"{read}", out Endpoint again) && again == read), "239.255.42.99:9942"),
        (text => FrameSize.TryParse(text, out _), "1280x720"),
        (text => PageOptions.TryParse(text, out _), "[::1]:9943"),
        (text => OutputPath.TryParse(text, out _, out _), "takes/{take}/{node}.mp4"),
        (text => SensorTiming.TryParse(text, FrameRate.Default, new Random(1), out _, out _), "phase=0.5,jitter=0.1,ppm=20,drop=0.01"),
        (text => CardTiming.TryParse(text, new Random(1), out _, out _), "ppm=20,delay=5"),
        (ReadClock, "offset=2.5,ppm=-30,wander=0.5"),
        (text => Amount.TryTime(text, out _), "1.5 min"),
        (text => Amount.TryReserve(text, out _), "500MB"),
        (text => CameraSource.TryParse(text, FrameRate.Default, out _, out _), "argus:0"),
        (text => SoundSource.TryParse(text, out _, out _), "alsa:hw:0"),
        (text => PromptCommand.Parse(text), "start 2000 --force label"),
        (text => FramePick.TryParse(text, out _), "every 30"),
        (text => Pass(IptablesRules.Parse(text)), "*filter\n:INPUT DROP [0:0]\n-A INPUT -p udp -m udp --dport 9942:9943 -j ACCEPT\nCOMMIT\n"),
        (ReadNft, """{"nftables": [{"chain": {"family": "inet", "table": "filter", "name": "input", "hook": "input", "prio": 0, "policy": "drop"}}, {"rule": {"family": "inet", "table": "filter", "chain": "input", "expr": [{"match": {"op": "==", "left": {"payload": {"protocol": "udp", "field": "dport"}}, "right": {"range": [9942, 9950]}}}, {"accept": null}]}}]}"""),
    ];

    public static FuzzTarget Make() =>
        new("words", 1_024, [.. "=,:/x.%|-*{}[]".Select(c => $"{c}"), "{take}", "{node}", "ppm", "offset", "jitter", "drop", "die", "test", "pipeline", "ms", "GiB", "1e308", "NaN", "∞", "--force", "-m multiport --dports", "-s 10.0.0.0/8", "! ", "\"expr\": ", "\"set\": "], Examine)
        {
            // rules that jump to each other are walked up to a limit
            Memory = 4_000_000,
            MemoryPerByte = 1_000,
            Seeds = () => Readers.Select((reader, at) => ($"reader-{at:00}", (byte[])[(byte)at, .. Encoding.UTF8.GetBytes(reader.Example)])),
        };

    private static void Examine(byte[] input)
    {
        if (input.Length > 0)
            Readers[input[0] % Readers.Length].Read(Encoding.UTF8.GetString(input.AsSpan(1)));
    }

    private static void ReadRate(string text)
    {
        Same(FrameRate.TryParse(text, out FrameRate rate), () => FrameRate.TryParse($"{rate}", out FrameRate again) && again == rate);
        if (rate.Numerator > 0)
            BrokenLawException.Unless(rate.Period.Value > 0 && rate.FramesIn(rate.TimeOf(1_000)) == 1_000, "a rate has a period, and its frames are counted by it");
    }

    private static void ReadClock(string text)
    {
        try
        {
            SimulatedClock read = SimulatedClock.Parse(text);
            BrokenLawException.Unless($"{SimulatedClock.Parse($"{read}")}" == $"{read}", "a clock that is written is read again");
        }
        catch (Exception told) when (told is FormatException or ArgumentException)
        {
            // with a sentence, for the command line
        }
    }

    private static void ReadNft(string text)
    {
        try
        {
            Pass(NftRules.Parse(text));
        }
        catch (JsonException)
        {
            // not what nft writes
        }
    }

    private static void Pass(IReadOnlyList<FilterChain> chains)
    {
        Firewall firewall = new(chains);
        foreach (TrialPacket packet in (TrialPacket[])[new("eth0", true, 0x0A000001, 0xEFFF2A63, 9942), new("eth0", false, 0x0A000002, 0x0A000001, 9943)])
            _ = firewall.Judge(packet);
    }

    private static void Same(bool isOne, Func<bool> isSame) => BrokenLawException.Unless(!isOne || isSame(), "what is read, and written again, is read as the same");
}

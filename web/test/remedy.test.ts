import { describe, expect, it } from 'vitest';
import { commandsIn } from '../src/lib/remedy';

// as the doctor and the sentences of the program have them
const remedies: [string, string[]][] = [
    ["sudo nft insert rule inet filter input udp dport '{ 9942, 9943 }' accept", ["sudo nft insert rule inet filter input udp dport '{ 9942, 9943 }' accept"]],
    ['sudo iptables -t raw -I INPUT -p udp -m multiport --dports 9942,9943 -j ACCEPT', ['sudo iptables -t raw -I INPUT -p udp -m multiport --dports 9942,9943 -j ACCEPT']],
    ['sudo firewall-cmd --permanent --add-port=9942/udp --add-port=9943/udp && sudo firewall-cmd --reload', ['sudo firewall-cmd --permanent --add-port=9942/udp --add-port=9943/udp && sudo firewall-cmd --reload']],
    ['sudo usermod -aG render alice, then log in again', ['sudo usermod -aG render alice']],
    ['sudo usermod -aG video $USER, then log in again.', ['sudo usermod -aG video $USER']],
    ['sudo ip link set eth0 multicast on; then restart record-syncd', ['sudo ip link set eth0 multicast on']],
    ['plug the cable in, or choose another with --interface; sudo ip link set eth0 up', ['sudo ip link set eth0 up']],
    ['the same on all machines and the switch, or: sudo ip link set eth0 mtu 1500', ['sudo ip link set eth0 mtu 1500']],
    ['sudo systemctl restart nvargus-daemon; journalctl -u nvargus-daemon says why it ends', ['sudo systemctl restart nvargus-daemon']],
    ["sudo timedatectl set-ntp true, or without internet: sudo date -us '2026-01-31 12:00:00'", ['sudo timedatectl set-ntp true', "sudo date -us '2026-01-31 12:00:00'"]],
    ['unset TZ, or sudo apt install tzdata', ['unset TZ', 'sudo apt install tzdata']],
    ['let UDP to 239.255.42.99:9942 out: sudo nft list ruleset shows the rules, ip route get 239.255.42.99 the route', ['sudo nft list ruleset']],
    ['let UDP port 9942 in: the check of the firewall names the rule; sudo nft list ruleset shows all', ['sudo nft list ruleset']],
    ['echo performance | sudo tee /sys/devices/system/cpu/cpu*/cpufreq/scaling_governor (on a Jetson: sudo nvpmodel -m 0 && sudo jetson_clocks)', ['echo performance | sudo tee /sys/devices/system/cpu/cpu*/cpufreq/scaling_governor', 'sudo nvpmodel -m 0 && sudo jetson_clocks']],
    ['if other nodes run now: same switch? Strict filtering drops senders: sudo sysctl -w net.ipv4.conf.eth0.rp_filter=2 net.ipv4.conf.all.rp_filter=2 If none runs, start one', ['sudo sysctl -w net.ipv4.conf.eth0.rp_filter=2 net.ipv4.conf.all.rp_filter=2']],
    ['Make it with:  mkdir -p "no/such"', ['mkdir -p "no/such"']],
    ['Make one with:  record-syncd keygen --out group.key', ['record-syncd keygen --out group.key']],
    ['chmod 600 "key" and, if somebody may have seen it, make a new key', ['chmod 600 "key"']],
    ['sudo apt-get install libssl3 (of Debian 13 and Ubuntu 24.04: libssl3t64)', ['sudo apt-get install libssl3']],
    ['sudo record-syncd doctor', ['sudo record-syncd doctor']],
    ['change its owner (sudo chown alice …), or choose another --output', []],
    ['--interface NAME of the network that the other machines are on', []],
    ['record-syncd --interface eth1 …', []],
    ['a faster disk (SSD instead of SD card or USB stick), or a lower --bitrate: 6400 kbit/s at the most', []],
    ['run the doctor when nothing is recorded', []],
    ['', []],
];

describe('the commands of a remedy', () => {
    it.each(remedies)('%s', (remedy, commands) => expect(commandsIn(remedy)).toEqual(commands));
});

#!/usr/bin/env bash
# try-binary.sh ARCHITECTURE BINARY VERSION
# What can be asked of a program without a camera: on this machine, or in emulation with the old C library that it is linked against.
set -euo pipefail
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.."
architecture=$1 binary=$2 version=$3
case $architecture in
    amd64) emulator=qemu-x86_64-static ;;
    arm64) emulator=qemu-aarch64-static ;;
esac
run() {
    if [[ $architecture == "$(dpkg --print-architecture)" ]]; then "$binary" "$@"; else "$emulator" -L "artifacts/sysroot/$architecture" "$binary" "$@"; fi
}
fail() {
    printf '%s (%s): %s\n' "$binary" "$architecture" "$1" >&2
    exit 1
}
newest=$(readelf -VW "$binary" | grep -oE 'GLIBC_[0-9]+\.[0-9.]+' | sort -uV | tail -1)
[[ $(printf 'GLIBC_2.31\n%s\n' "$newest" | sort -V | tail -1) == GLIBC_2.31 ]] || fail "it wants $newest, which JetPack 5 does not have"
[[ $(run --version) == "$version" ]] || fail "--version says $(run --version), not $version"
run check --config packaging/record-syncd.jsonc >/dev/null || fail "it finds fault with its own settings file"
# 2 is "something is wrong on this machine", and that there is no GStreamer in the emulation is
code=0
run doctor --interface lo --http off --json >/dev/null || code=$?
[[ $code -le 2 ]] || fail "the doctor ended with code $code"
printf '%s: runs; wants at most %s\n' "$(basename "$binary")" "$newest"

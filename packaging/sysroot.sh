#!/usr/bin/env bash
# sysroot.sh ARCHITECTURE FOLDER
# Makes FOLDER: the C library of Debian 11 to link against. Its glibc 2.31 is that of Ubuntu 20.04, and so of JetPack 5, the oldest system that is meant.
set -euo pipefail
architecture=$1 folder=$2
mirror=${RECORD_SYNCD_MIRROR:-http://deb.debian.org/debian}
[[ -e $folder/.complete ]] && exit 0
rm -rf "$folder"
mkdir -p "$folder"
mmdebstrap --variant=extract --architectures="$architecture" --include=libc6-dev,libgcc-10-dev bullseye "$folder" "deb $mirror bullseye main"
# links that begin at the root would lead out of it
find "$folder" -type l -lname '/*' -printf '%p\t%l\n' | while IFS=$'\t' read -r link target; do ln -sfnr "$folder$target" "$link"; done
touch "$folder/.complete"

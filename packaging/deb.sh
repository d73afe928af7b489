#!/usr/bin/env bash
# deb.sh ARCHITECTURE VERSION BINARY SPEAKER FOLDER
# Makes FOLDER/record-syncd_VERSION_ARCHITECTURE.deb of BINARY. SPEAKER is the same program for this machine: it writes its own manual page and completions.
set -euo pipefail
architecture=$1 version=$2 binary=$(readlink -f "$3") speaker=$(readlink -f "$4")
mkdir -p "$5"
folder=$(readlink -f "$5")
packaging=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
repository=$(dirname "$packaging")
export SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(date +%s)} DEB_HOST_ARCH=$architecture

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
mkdir -p debian completions/{bash,zsh,fish}
cp "$packaging"/debian/{control,install,postinst,prerm,postrm} debian/
cp "$packaging/systemd/record-syncd.service" "$packaging/systemd/record-syncd.sysusers" debian/
cp "$packaging/record-syncd.jsonc" .
cp "$repository/CHANGELOG.md" release-notes.md
install -m 755 "$binary" record-syncd
"$speaker" completion bash >completions/bash/record-syncd
"$speaker" completion zsh >completions/zsh/_record-syncd
"$speaker" completion fish >completions/fish/record-syncd.fish
"$speaker" man >record-syncd.1
# the licence as the format of debian/copyright wants it: indented, and a dot on its empty lines
licence=$(sed -e '1,/^Copyright/d' -e '/./,$!d' "$repository/LICENSE" | sed -e 's/^$/./' -e 's/^/ /')
awk -v text="$licence" '{ if ($0 == "@LICENSE@") print text; else print }' "$packaging/debian/copyright" >debian/copyright
cat >debian/changelog <<TEXT
record-syncd ($version) unstable; urgency=medium

  * See /usr/share/doc/record-syncd/release-notes.md.

 -- $(sed -n 's/^Maintainer: //p' debian/control)  $(date -u -R -d "@$SOURCE_DATE_EPOCH")
TEXT

dh_prep
# the newest version that one of the C library's symbols asks for
libc=$(readelf -VW "$binary" | grep -oE 'GLIBC_[0-9]+\.[0-9.]+' | sort -uV | tail -1)
echo "libc:Version=${libc#GLIBC_}" >debian/record-syncd.substvars
dh_install
dh_installdocs "$repository"/README.md release-notes.md "$repository"/docs/*.md
mkdir -p debian/record-syncd/usr/share/doc/record-syncd/examples
cp -r "$packaging/clock" "$packaging/grafana" debian/record-syncd/usr/share/doc/record-syncd/examples/
dh_installchangelogs --no-trim
dh_installman record-syncd.1
dh_installsysusers
# not started, not enabled, and never stopped by an upgrade: a take may be running
dh_installsystemd --no-enable --no-start --no-stop-on-upgrade --no-restart-after-upgrade
# read where they lie, also from the unit
dh_compress -X.md
dh_fixperms
dh_installdeb
dh_gencontrol
dh_md5sums
dh_builddeb --destdir="$folder" -- --root-owner-group -Zxz

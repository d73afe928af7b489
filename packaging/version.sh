#!/usr/bin/env bash
# The version of this working copy, as Debian sorts it: that of its tag vX.Y.Z; X.Y.Z+N.gHASH for N commits after it; and before the first tag
# X.Y.Z~N.gHASH, with the number that is being worked on. What is not committed shows as ".dirty".
set -euo pipefail
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.."
if described=$(git describe --tags --match 'v[0-9]*' --long --dirty=.dirty 2>/dev/null); then
    version=$(sed -E -e 's/^v//' -e 's/-([0-9]+)-g([0-9a-f]+)/+\1.g\2/' -e 's/\+0\.g[0-9a-f]+$//' <<<"$described")
else
    coming=$(sed -n 's:.*<VersionPrefix>\(.*\)</VersionPrefix>.*:\1:p' Directory.Build.props)
    version=$coming~$(git rev-list --count HEAD).g$(git describe --always --dirty=.dirty)
fi
printf '%s\n' "$version"

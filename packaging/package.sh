#!/usr/bin/env bash
# Everything for a release, in artifacts/packages: ./dev package, which installs what this needs and builds the page first.
set -euo pipefail
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.."
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 MSBUILDDISABLENODEREUSE=1
output=$PWD/artifacts/packages
version=$(packaging/version.sh)
SOURCE_DATE_EPOCH=$(git log -1 --format=%ct)
export SOURCE_DATE_EPOCH
native=$(dpkg --print-architecture)
[[ $native == amd64 || $native == arm64 ]] || {
    echo "Packages are made on amd64 or arm64; this is $native." >&2
    exit 1
}

# compile ARCHITECTURE RID: ahead of time, linked against the old C library of the sysroot, on whatever machine this is
compile() {
    local sysroot=$PWD/artifacts/sysroot/$1 objects=$PWD/artifacts/cross/$1
    packaging/sysroot.sh "$1" "$sysroot"
    # in folders of its own, so that ./dev build and this do not undo each other's work
    dotnet publish src/record-syncd -c Release -v minimal -warnaserror -r "$2" -o "$objects/publish" --artifacts-path "$objects" \
        -p:CopyOutputSymbolsToPublishDirectory=false -p:DebugSymbols=false -p:InformationalVersion="$version" \
        -p:SysRoot="$sysroot" -p:LinkerFlavor=lld -p:ObjCopyName=llvm-objcopy
}

# What is in the program: its packages, the parts of .NET that are compiled into it, and what the page is made of.
inventory() {
    local packages=artifacts/packages.cdx.json
    dotnet tool restore
    dotnet tool run dotnet-CycloneDX -- src/record-syncd/record-syncd.csproj --output artifacts --filename packages.cdx.json --output-format Json \
        --no-serial-number --set-name record-syncd --set-version "$version" --set-type Application
    jq --slurpfile assets "artifacts/cross/$native/obj/record-syncd/project.assets.json" --slurpfile page web/package-lock.json '
        def component(kind; name; version): {type: "library", "bom-ref": "pkg:\(kind)/\(name)@\(version)", name: name, version: version, scope: "required", purl: "pkg:\(kind)/\(name)@\(version)"};
        .components += [$assets[0].project.frameworks[].downloadDependencies[]
            | select(.name | test("App.Runtime")) | component("nuget"; .name; .version | ltrimstr("[") | split(",")[0])]
        | .components += [("svelte", "uplot") as $name | component("npm"; $name; $page[0].packages["node_modules/\($name)"].version)]
    ' "$packages" >"$output/record-syncd.cdx.json"
    rm "$packages"
}

rm -rf "$output"
mkdir -p "$output"
for pair in amd64:linux-x64 arm64:linux-arm64; do
    architecture=${pair%%:*} rid=${pair#*:}
    compile "$architecture" "$rid"
    cp "artifacts/cross/$architecture/publish/record-syncd" "$output/record-syncd-$version-$rid"
done
for architecture in amd64 arm64; do
    packaging/deb.sh "$architecture" "$version" "artifacts/cross/$architecture/publish/record-syncd" "artifacts/cross/$native/publish/record-syncd" "$output"
done
lintian --fail-on error,warning "$output"/*.deb
packaging/try-binary.sh amd64 "$output/record-syncd-$version-linux-x64" "$version"
packaging/try-binary.sh arm64 "$output/record-syncd-$version-linux-arm64" "$version"
inventory
(cd "$output" && sha256sum -- * >SHA256SUMS)
printf '%s\n' "$output"/*

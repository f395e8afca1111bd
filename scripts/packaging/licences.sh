#!/usr/bin/env bash
# Collects the licences of everything that a package contains.
#
#   scripts/packaging/licences.sh FOLDER SCRATCH-PATH LIBRARY...
#
# Writes to FOLDER the texts that come with the toolchain, with the Swift packages in SCRATCH-PATH,
# and with the Debian packages that own the libraries. The licences of fonts, class names and the
# bundled model are in their own folders.
set -euo pipefail
folder=$1 scratch=$2
shift 2
mkdir -p "$folder"
cp "$(dirname "$0")/../../LICENSE" "$folder/diffuse-mpi.txt"

toolchain=$(dirname "$(dirname "$(readlink -f "$(command -v swift)")")")
cp "$toolchain/share/swift/LICENSE.txt" "$folder/swift-runtime.txt"
for checkout in "$scratch"/checkouts/*/; do
  cp "$checkout"/LICENSE* "$folder/$(basename "$checkout").txt"
done

# Swift's Foundation contains ICU. Its text comes with Debian's ICU, on which libxml2 depends.
icu=$(dpkg-query -W -f='${db:Status-Abbrev} ${Package}\n' 'libicu*' | awk '/^ii/ { print $2; exit }')
[ -n "$icu" ] || { echo "error: install libicu-dev, which has the licence of ICU" >&2; exit 69; }
packages=("$icu")
for library; do
  package=$(dpkg-query -S "*/$(basename "$library")" | head -n 1)
  packages+=("${package%%:*}")
done

{
  echo "The Debian packages whose libraries are contained, and their sources, which can be"
  echo "downloaded from https://snapshot.debian.org:"
  dpkg-query -W -f='${Package} ${Version} (source: ${source:Package} ${source:Version})\n' \
    "${packages[@]}" | sort -u
} >"$folder/README.txt"
for package in "${packages[@]}"; do
  cp "/usr/share/doc/$package/copyright" "$folder/$package.txt"
done
grep -oh 'common-licenses/[A-Za-z0-9.-]*[A-Za-z0-9]' "$folder"/*.txt | sort -u | while read -r text; do
  cp "/usr/share/$text" "$folder/$(basename "$text").txt"
done

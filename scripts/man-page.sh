#!/usr/bin/env bash
# Writes the man page, diffuse-mpi.1, to a folder. It is made from the program's help:
#   scripts/man-page.sh ~/.local/share/man/man1 && man diffuse-mpi
# A second argument is the scratch path of the build, .build by default.
set -euo pipefail
folder=$(realpath -m "${1:?give the folder to write to, such as ~/.local/share/man/man1}")
scratch=${2:-.build}
cd "$(dirname "$0")/.."
source scripts/require-swift.sh

scripts/setup.sh
# The plugin of swift-argument-parser builds the program and writes one page for all subcommands.
swift package --scratch-path "$scratch" -c release \
  plugin --allow-writing-to-package-directory generate-manual
page=$(find "$scratch/plugins/GenerateManual/outputs" -name diffuse-mpi.1 | head -n 1)

mkdir -p "$folder"
# mdoc allows no blank lines and no paragraphs before items, and needs each sentence on its own line.
awk '
  /^(\.Pp)?$/ { isNew = 1; next }
  isNew && !/^\.(Bl|El|It|Sh)/ { print ".Pp" }
  { isNew = 0; print }
' "$page" | sed -E "/^[.']/! s/([a-zA-Z0-9)]\.) ([A-Z])/\1\n\2/g" >"$folder/diffuse-mpi.1"
echo "$folder/diffuse-mpi.1"

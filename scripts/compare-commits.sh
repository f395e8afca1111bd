#!/usr/bin/env bash
# Compares this tree with an earlier commit: builds both and runs the same jobs with each.
#
#   scripts/compare-commits.sh [BASE] [--full] [--ranks N]
#   scripts/compare-commits.sh [BASE] --speed [--rounds N] [--threads N]
#
# Without --speed it generates the bundled model's 100 images in every combination of guidance,
# sampler, precision and format, and compares pixels, and the other files byte by byte. It also
# interrupts jobs of the base and resumes them with this tree. The exit code is 1 if a pixel differs.
# With --speed it times a guided step of the bundled model and of ADM 64, the two builds in turns.
#
# BASE is a commit, 29f4d3c if it is left out. Its source and build are kept in .build/compare.
set -euo pipefail
cd "$(dirname "$0")/.."
source scripts/require-swift.sh

base=29f4d3c
if [ $# -gt 0 ] && [ "${1#-}" = "$1" ]; then base=$1; shift; fi
commit=$(git rev-parse --verify --quiet "$base^{commit}") ||
  { echo "error: $base is no commit of this repository" >&2; exit 64; }
python3 scripts/compare_commits.py "$@" --check

product=diffuse-mpi
for option; do [ "$option" != --speed ] || product=step-benchmark; done
tree=.build/compare/$commit
mkdir -p "$tree"
git archive "$commit" | tar -x -C "$tree"
scripts/setup.sh
echo "building $product of $base and of this tree" >&2
swift build --package-path "$tree" -c release --product "$product" >&2
swift build -c release --product "$product" >&2

if [ "$(id -u)" -eq 0 ]; then
  export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
fi
exec python3 scripts/compare_commits.py "$@" --base "$tree/.build/release" --now .build/release

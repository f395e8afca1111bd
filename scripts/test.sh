#!/usr/bin/env bash
# Builds and runs every test, the release build's: the plain loops the tests compare with are slow
# otherwise. Arguments go to `swift test`: scripts/test.sh --filter Parity
set -euo pipefail
cd "$(dirname "$0")/.."
source scripts/require-swift.sh

scripts/setup.sh
swift build -c release --build-tests
results=$(mktemp)
trap 'rm -f "$results"' EXIT

# What failed is said once more at the end: a whole run prints thousands of lines.
run_tests() {
  swift test -c release --skip-build "$@" 2>&1 | tee "$results" ||
    { echo "failed:"; grep "✘" "$results"; exit 1; }
}
run_tests "$@"

# Once more as on a processor without AVX-512: oneDNN then runs other code.
if [ $# -eq 0 ]; then
  DNNL_MAX_CPU_ISA=AVX2 run_tests --filter 'ComputeTests|Parity'
fi

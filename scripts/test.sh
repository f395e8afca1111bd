#!/usr/bin/env bash
# Builds and runs all tests in the release build, because the plain loops that the tests compare with
# are slow otherwise. Arguments are passed to `swift test`: scripts/test.sh --filter Parity
set -euo pipefail
cd "$(dirname "$0")/.."
source scripts/require-swift.sh

scripts/setup.sh
swift build -c release --build-tests
results=$(mktemp)
trap 'rm -f "$results"' EXIT

# Failures are printed again at the end, because a whole run prints thousands of lines.
run_tests() {
  swift test -c release --skip-build "$@" 2>&1 | tee "$results" ||
    { echo "failed:"; grep "✘" "$results"; exit 1; }
}
run_tests "$@"

# Run again as on a processor without AVX-512, where oneDNN uses other code.
if [ $# -eq 0 ]; then
  DNNL_MAX_CPU_ISA=AVX2 run_tests --filter 'ComputeTests|Parity'
fi

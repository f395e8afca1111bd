#!/usr/bin/env bash
# Builds and runs every test, the release build's: the plain loops the tests compare with are slow
# otherwise. Arguments go to `swift test`: scripts/test.sh --filter Parity
set -euo pipefail
cd "$(dirname "$0")/.."
source scripts/require-swift.sh

scripts/setup.sh
swift build -c release --build-tests
swift test -c release --skip-build "$@"

# Once more as on a processor without AVX-512: oneDNN then runs other code.
if [ $# -eq 0 ]; then
  DNNL_MAX_CPU_ISA=AVX2 swift test -c release --skip-build --filter 'ComputeTests|Parity'
fi

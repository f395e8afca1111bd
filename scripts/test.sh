#!/usr/bin/env bash
# Builds and runs every test, the release build's: the plain loops the tests compare with are slow
# otherwise. Arguments go to `swift test`: scripts/test.sh --filter Parity
set -euo pipefail
cd "$(dirname "$0")/.."
source scripts/require-swift.sh

scripts/setup.sh
swift build -c release --build-tests
swift test -c release --skip-build "$@"

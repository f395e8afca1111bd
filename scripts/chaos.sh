#!/usr/bin/env bash
# Disturbs jobs in real processes at random moments, resumes them until they are complete, and
# compares all files with those of an uninterrupted job.
#
#   scripts/chaos.sh [rounds] [seed of the first round]
#
# Each round prints how it was disturbed. When run as root, it also fills some disks.
set -euo pipefail
cd "$(dirname "$0")/.."
source scripts/require-swift.sh

swift build -c release --build-tests
CHAOS_ROUNDS=${1:-50} CHAOS_SEED=${2:-1} CHAOS_STORY=1 \
  swift test -c release --skip-build --filter ChaosTests

#!/usr/bin/env bash
# Runs all tests on several hosts with a real Slurm, including those that cancel, preempt and requeue
# jobs and lose hosts. They take some minutes. Needs root, and the packages slurm-wlm, munge and
# iproute2.
set -euo pipefail
cd "$(dirname "$0")/.."
DIFFUSE_MPI_CLUSTER_TESTS=all scripts/test.sh --filter ClusterTests

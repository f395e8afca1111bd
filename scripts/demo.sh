#!/usr/bin/env bash
# Builds diffuse-mpi and runs it on the bundled model, with one rank per core (at most eight).
# Arguments are passed to diffuse-mpi: scripts/demo.sh --classes 5,7 --num-samples 20 --out shoes
set -euo pipefail
cd "$(dirname "$0")/.."
source scripts/require-swift.sh

scripts/setup.sh
swift build -c release --product diffuse-mpi

cores=$(nproc)
ranks=$((cores < 8 ? cores : 8))
if [ "$(id -u)" -eq 0 ]; then
  export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
fi
# Containers often have fewer slots than cores. Ranks never use more threads than there are cores.
export OMPI_MCA_rmaps_base_oversubscribe=1
exec mpirun -n "$ranks" .build/release/diffuse-mpi "$@"

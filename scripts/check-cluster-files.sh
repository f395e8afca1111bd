#!/usr/bin/env bash
# Checks the files in cluster/ without a cluster: the scripts with shellcheck, that the functions they
# share are the same, and the pods of the MPIJob with kubernetes-validate, if it is installed (PyPI).
set -euo pipefail
cd "$(dirname "$0")/.."

shellcheck scripts/check-cluster-files.sh Tests/ClusterTests/Lab/*.sh cluster/*/*.sh

common() { sed -n '/^# ---- Nothing below/,/^# ---- End of/p' "$1"; }
for folder in slurm pbs; do
  for script in "cluster/$folder"/*.sh; do
    diff <(common cluster/$folder/one-node.sh) <(common "$script") ||
      { echo "$script differs from one-node.sh in the common functions" >&2; exit 1; }
  done
done

for file in cluster/kubernetes/*.yaml; do
  python3 scripts/check-mpijob.py "$file"
done

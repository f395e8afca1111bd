#!/usr/bin/env bash
# Checks the files in cluster/ without a cluster: the scripts with shellcheck, that the functions they
# share are the same, and the pods of the MPIJob with kubernetes-validate (PyPI). Says what is missing.
set -euo pipefail
cd "$(dirname "$0")/.."

if command -v shellcheck >/dev/null; then
  shellcheck scripts/check-cluster-files.sh Tests/ClusterTests/Lab/*.sh cluster/*/*.sh
else
  echo "no shellcheck: the scripts are not checked" >&2
fi

common() { sed -n '/^# ---- Nothing below/,/^# ---- End of/p' "$1"; }
for folder in slurm pbs; do
  for script in "cluster/$folder"/*.sh; do
    diff <(common "cluster/$folder/one-node.sh") <(common "$script") ||
      { echo "$script differs from one-node.sh in the common functions" >&2; exit 1; }
  done
done

if python3 -c 'import kubernetes_validate' 2>/dev/null; then
  scripts/check-mpijob.py cluster/kubernetes/mpijob.yaml
else
  echo "no kubernetes-validate: cluster/kubernetes is not checked" >&2
fi

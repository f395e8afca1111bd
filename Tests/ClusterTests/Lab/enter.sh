#!/usr/bin/env bash
# Runs a command on the head node of a lab, as after logging in. The lab's folder is the home.
#
#   enter.sh FOLDER COMMAND…
set -euo pipefail

process=$(cat "$1/process")
exec nsenter --all --wdns="$PWD" --target "$process" \
  env -i PATH="$PATH" HOME="$1" USER="$(id -un)" LANG=C.UTF-8 SLURM_CONF=/run/slurm.conf TMPDIR=/run/local \
  OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 "${@:2}"

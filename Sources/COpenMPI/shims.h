// The only door to MPI. Re-exports mpi.h and wraps the macros Swift cannot import.
#pragma once
#include <mpi.h>

static inline MPI_Comm dmpi_comm_world(void) { return MPI_COMM_WORLD; }

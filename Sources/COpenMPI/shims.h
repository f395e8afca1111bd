// The only door to MPI. Re-exports mpi.h and wraps what Swift cannot import: handles and null
// pointers that are macros over C's address-of and casts. Each can go when the importer learns them.
#pragma once
#include <mpi.h>

static inline MPI_Comm dmpi_comm_world(void) { return MPI_COMM_WORLD; }
static inline MPI_Datatype dmpi_byte(void) { return MPI_BYTE; }
static inline MPI_Status *dmpi_statuses_ignore(void) { return MPI_STATUSES_IGNORE; }
static inline void *dmpi_in_place(void) { return MPI_IN_PLACE; }
static inline MPI_Errhandler dmpi_errors_return(void) { return MPI_ERRORS_RETURN; }
static inline int dmpi_max_error_string(void) { return MPI_MAX_ERROR_STRING; }

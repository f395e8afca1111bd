// The only door to MPI. Re-exports mpi.h and wraps what Swift cannot import: handles and null
// pointers that are macros over C's address-of and casts. Each can go when the importer learns them.
#pragma once
#include <mpi.h>
#include <stdbool.h>

static inline MPI_Comm dmpi_comm_world(void) { return MPI_COMM_WORLD; }
static inline MPI_Datatype dmpi_byte(void) { return MPI_BYTE; }
static inline void *dmpi_in_place(void) { return MPI_IN_PLACE; }
static inline MPI_Errhandler dmpi_errors_return(void) { return MPI_ERRORS_RETURN; }
static inline int dmpi_max_error_string(void) { return MPI_MAX_ERROR_STRING; }

// User-level failure mitigation, which Open MPI has from 5.0 on: MPIX_Comm_failure_ack and
// MPIX_Comm_failure_get_acked as the program finds them at run time, and their error classes.
typedef int (*dmpi_failure_ack)(MPI_Comm);
typedef int (*dmpi_failure_get_acked)(MPI_Comm, MPI_Group *);
enum { DMPI_ERR_PROC_FAILED = 75, DMPI_ERR_PROC_FAILED_PENDING = 76 };

// Whether the library is Open MPI, rather than MPICH or one made from it.
static inline bool dmpi_is_open_mpi(void) {
#ifdef OPEN_MPI
  return true;
#else
  return false;
#endif
}

// The only door to MPI. Re-exports mpi.h, and wraps what Swift cannot import: handles and null
// pointers that are macros with C's address-of operator and casts. Each wrapper can be removed when
// the importer supports it.
#pragma once
#include <mpi.h>
#include <stdbool.h>

static inline MPI_Comm dmpi_comm_world(void) { return MPI_COMM_WORLD; }
static inline MPI_Datatype dmpi_byte(void) { return MPI_BYTE; }
static inline void *dmpi_in_place(void) { return MPI_IN_PLACE; }
static inline MPI_Errhandler dmpi_errors_return(void) { return MPI_ERRORS_RETURN; }
static inline int dmpi_max_error_string(void) { return MPI_MAX_ERROR_STRING; }

// User-level failure mitigation, available since Open MPI 5.0: the types of MPIX_Comm_failure_ack
// and MPIX_Comm_failure_get_acked, which the program looks up at run time, and their error classes.
typedef int (*dmpi_failure_ack)(MPI_Comm);
typedef int (*dmpi_failure_get_acked)(MPI_Comm, MPI_Group *);
enum { DMPI_ERR_PROC_FAILED = 75, DMPI_ERR_PROC_FAILED_PENDING = 76 };

// Whether the library is Open MPI, and not MPICH or a library derived from it.
static inline bool dmpi_is_open_mpi(void) {
#ifdef OPEN_MPI
  return true;
#else
  return false;
#endif
}

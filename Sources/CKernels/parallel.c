// CPU_ALLOC and sched_setaffinity are GNU extensions.
#define _GNU_SOURCE

#include "CKernels.h"

#include <sched.h>
#include <stdlib.h>
#include <string.h>

// The entry points of GNU OpenMP. clang has no <omp.h> here, and using the runtime that oneDNN was
// built with keeps one pool of threads instead of two.
void GOMP_parallel(void (*body)(void *), void *data, unsigned threads, unsigned flags);
int omp_get_thread_num(void);
int omp_get_num_threads(void);
int omp_get_max_threads(void);
void omp_set_num_threads(int);

typedef struct {
  int64_t count;
  void (*body)(void *, int64_t);
  void *context;
} region;

// --- places ------------------------------------------------------------------------------------

// Set before there is a team, and read by the threads of the team.
static int *places;
static int place_count;
static _Thread_local int place = -1;

void dmpi_keep_to(const int *processors, int count) {
  int limit = 0;
  for (int i = 0; i < count; i++) {
    if (processors[i] >= limit) limit = processors[i] + 1;
  }
  cpu_set_t *set = limit > 0 ? CPU_ALLOC(limit) : NULL;
  if (set == NULL) return;
  CPU_ZERO_S(CPU_ALLOC_SIZE(limit), set);
  for (int i = 0; i < count; i++) CPU_SET_S(processors[i], CPU_ALLOC_SIZE(limit), set);
  sched_setaffinity(0, CPU_ALLOC_SIZE(limit), set);
  CPU_FREE(set);
}

// Each thread looks up its own place. libgomp ends threads that a small team of oneDNN's leaves
// out, and threads that it creates later start at the place of thread 0.
static void take_place(int index) {
  if (index >= place_count || index == place) return;
  dmpi_keep_to(&places[index], 1);
  place = index;
}

void dmpi_pin_team(const int *processors, int count) {
  int *copy = malloc((size_t)count * sizeof *copy);
  if (copy == NULL) return;
  memcpy(copy, processors, (size_t)count * sizeof *copy);
  free(places);
  places = copy;
  place_count = count;
  place = -1;
  take_place(0);
}

// --- parallel loops ----------------------------------------------------------------------------

static void run_share(void *data) {
  take_place(omp_get_thread_num());
  const region *r = data;
  const int64_t threads = omp_get_num_threads(), index = omp_get_thread_num();
  const int64_t first = r->count * index / threads, last = r->count * (index + 1) / threads;
  for (int64_t item = first; item < last; item++) r->body(r->context, item);
}

void dmpi_parallel(int64_t count, void (*body)(void *, int64_t), void *context) {
  region r = {count, body, context};
  const int threads = omp_get_max_threads();
  if (count > 1 && threads > 1) {
    // Uses the whole team, even if some threads have nothing to do. libgomp ends the threads that a
    // smaller team leaves out, and would create them again for the next one.
    GOMP_parallel(run_share, &r, (unsigned)threads, 0);
    return;
  }
  // Products inside the body must not use several threads here if they do not in a team. Otherwise
  // the order of their additions, and so the last bit of the result, would change.
  omp_set_num_threads(1);
  for (int64_t item = 0; item < count; item++) body(context, item);
  omp_set_num_threads(threads);
}

void dmpi_set_threads(int threads) { omp_set_num_threads(threads); }

int dmpi_thread_index(void) { return omp_get_thread_num(); }

#include "CKernels.h"

// GNU OpenMP's own entry points: clang has no <omp.h> here, and going through the runtime that
// oneDNN was built with keeps one pool of threads instead of two.
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

static void run_share(void *data) {
  const region *r = data;
  const int64_t threads = omp_get_num_threads(), index = omp_get_thread_num();
  const int64_t first = r->count * index / threads, last = r->count * (index + 1) / threads;
  for (int64_t item = first; item < last; item++) r->body(r->context, item);
}

void dmpi_parallel(int64_t count, void (*body)(void *, int64_t), void *context) {
  region r = {count, body, context};
  const int threads = omp_get_max_threads();
  if (count > 1 && threads > 1) {
    // The whole team, though some may find nothing to do: libgomp ends the threads that a smaller
    // team leaves out, and makes them again for the next.
    GOMP_parallel(run_share, &r, (unsigned)threads, 0);
    return;
  }
  // Products inside the body must not spread over threads here when they do not in a team: the
  // order of their additions, and so the result's last bit, would change.
  omp_set_num_threads(1);
  for (int64_t item = 0; item < count; item++) body(context, item);
  omp_set_num_threads(threads);
}

void dmpi_set_threads(int threads) { omp_set_num_threads(threads); }

int dmpi_thread_index(void) { return omp_get_thread_num(); }

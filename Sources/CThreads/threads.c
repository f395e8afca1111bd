// RTLD_NEXT is a GNU extension.
#define _GNU_SOURCE
#include "CThreads.h"

#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

typedef int (*create_function)(
    pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);

static int (*on_failure)(int);

void dmpi_thread_on_failure(int (*report)(int)) { on_failure = report; }

static int create(
    pthread_t *thread, const pthread_attr_t *attributes, void *(*body)(void *), void *context) {
  static create_function next;
  create_function function = __atomic_load_n(&next, __ATOMIC_ACQUIRE);
  if (function == NULL) {
    function = (create_function)dlsym(RTLD_NEXT, "pthread_create");
    if (function == NULL) return EAGAIN;
    __atomic_store_n(&next, function, __ATOMIC_RELEASE);
  }
  return function(thread, attributes, body, context);
}

// --- the threads of libraries --------------------------------------------------------------------

// The number of attempts, a hundredth of a second apart. Other threads may be about to end.
enum { attempts = 100 };

// Replaces the C library's function for every library in the process.
int pthread_create(
    pthread_t *thread, const pthread_attr_t *attributes, void *(*body)(void *), void *context) {
  int error = create(thread, attributes, body, context);
  for (int attempt = 1; error == EAGAIN && attempt < attempts; attempt++) {
    const struct timespec pause = {0, 10000000};
    nanosleep(&pause, NULL);
    error = create(thread, attributes, body, context);
  }
  if (error == EAGAIN && on_failure != NULL) _exit(on_failure(error));
  return error;
}

// --- our own -------------------------------------------------------------------------------------

typedef struct {
  void (*body)(void *);
  void *context;
} task;

static void *run(void *data) {
  const task t = *(task *)data;
  free(data);
  t.body(t.context);
  return NULL;
}

int dmpi_thread_start(size_t stack, void (*body)(void *), void *context) {
  pthread_attr_t attributes;
  int error = pthread_attr_init(&attributes);
  if (error != 0) return error;
  task *t = malloc(sizeof *t);
  pthread_t thread;
  error = t == NULL ? ENOMEM : pthread_attr_setstacksize(&attributes, stack);
  if (error == 0) error = pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
  if (error == 0) {
    *t = (task){body, context};
    error = create(&thread, &attributes, run, t);
  }
  if (error != 0) free(t);
  pthread_attr_destroy(&attributes);
  return error;
}

static void *wait_for_gate(void *gate) {
  pthread_mutex_lock(gate);
  pthread_mutex_unlock(gate);
  return NULL;
}

int dmpi_thread_try(int count) {
  pthread_t *threads = malloc((size_t)(count > 0 ? count : 1) * sizeof *threads);
  if (threads == NULL) return 0;
  pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
  pthread_mutex_lock(&gate);
  int started = 0;
  while (started < count && create(&threads[started], NULL, wait_for_gate, &gate) == 0) started++;
  pthread_mutex_unlock(&gate);
  for (int i = 0; i < started; i++) pthread_join(threads[i], NULL);
  free(threads);
  return started;
}

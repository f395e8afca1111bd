// Threads that may fail to start, for the program itself and for its libraries.
#pragma once
#include <stddef.h>

// Starts a detached thread with a stack of `stack` bytes.
//
// Returns 0, or the error number of pthread_create, such as EAGAIN at a limit of processes.
int dmpi_thread_start(size_t stack, void (*body)(void *), void *context);

// Starts `count` threads that do nothing, and ends them again.
//
// Returns how many of them existed at the same time.
int dmpi_thread_try(int count);

// Sets the function that is called if a thread of a library cannot be started, on the thread that
// requested it. The process then ends with the exit code that the function returns.
//
// Otherwise OpenMP would end the process with its own message and exit code, and libdispatch would
// wait forever.
void dmpi_thread_on_failure(int (*report)(int error));

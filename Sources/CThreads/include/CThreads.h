// Threads that can fail to start, as the libraries of the program make them.
#pragma once
#include <stddef.h>

// Starts a detached thread; `stack` is its size in bytes.
//
// Returns 0, or the error number of pthread_create, such as EAGAIN at a limit of processes.
int dmpi_thread_start(size_t stack, void (*body)(void *), void *context);

// Starts `count` threads that do nothing, and ends them again.
//
// Returns how many of them could exist at the same time.
int dmpi_thread_try(int count);

// Sets what is called, on the thread that asked for it, when a library's thread cannot be started;
// the process then ends with the exit code that the function returns.
//
// OpenMP would end the process with a message and a code of its own, and libdispatch would wait
// forever.
void dmpi_thread_on_failure(int (*report)(int error));

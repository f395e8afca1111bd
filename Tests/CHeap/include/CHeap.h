// The memory in use on the heap, for tests of leaks. Swift's Glibc module has no <malloc.h>.
#pragma once
#include <stddef.h>

// Returns the bytes in use in all arenas and in separately mapped blocks.
size_t heap_bytes_in_use(void);

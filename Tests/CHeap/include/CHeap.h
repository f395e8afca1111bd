// What the heap holds, for tests of what stays allocated: Swift's Glibc module has no <malloc.h>.
#pragma once
#include <stddef.h>

// Bytes in use, of every arena and of blocks mapped on their own.
size_t heap_bytes_in_use(void);

#include "CHeap.h"

#include <malloc.h>

size_t heap_bytes_in_use(void) {
  const struct mallinfo2 heap = mallinfo2();
  return heap.uordblks + heap.hblkhd;
}

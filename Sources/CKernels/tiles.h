#pragma once
#include "elements.h"

// The position of a tile in its batch of images.
typedef struct {
  int64_t image, row, column;
} tile_place;

// Returns the position of a tile. Tiles of size × size pixels are numbered by image, row and
// column.
INLINE tile_place place(int64_t tile, int64_t height, int64_t width, int64_t size) {
  const int64_t across = width / size, an_image = height / size * across;
  const int64_t rest = tile % an_image;
  return (tile_place){tile / an_image, size * (rest / across), size * (rest % across)};
}

// Adds the bias, and the element of `added` at `index` unless it is NULL, and stores the result
// there.
INLINE void finish_pixel(
    void *destination, dmpi_element type, const lanes *sum, const lanes *bias, const void *added,
    int64_t index) {
  lanes result = *sum + *bias;
  if (added) {
    lanes more;
    load_lanes(&more, at(added, type, index), type);
    result += more;
  }
  store_lanes(at_mutable(destination, type, index), type, &result);
}

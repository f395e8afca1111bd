#pragma once
#include "elements.h"

// Where a tile lies in its batch of images.
typedef struct {
  int64_t image, row, column;
} tile_place;

// Tiles of size × size pixels are numbered by image, row and column.
INLINE tile_place place(int64_t tile, int64_t height, int64_t width, int64_t size) {
  const int64_t across = width / size, an_image = height / size * across;
  const int64_t rest = tile % an_image;
  return (tile_place){tile / an_image, size * (rest / across), size * (rest % across)};
}

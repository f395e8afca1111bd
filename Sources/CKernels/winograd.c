#include "elements.h"
#include "tiles.h"

// F(2×2, 3×3): 4×4 pixels of a channel give 2×2 pixels of the result with 16 multiplications, while
// the direct sum needs 36 (Lavin and Gray 2015, "Fast Algorithms for Convolutional Neural
// Networks"). Both transforms work on sixteen channels at a time.
//
// If an image is enlarged to twice its size by nearest neighbour, the 4×4 pixels are 3×3 pixels of
// the image itself, and a third of each transform is zero or double. Nine multiplications are then
// enough.

enum { SIDE = 4 };

INLINE int side(int enlarges) { return enlarges ? 3 : SIDE; }

// Bᵀ·x, for one row or column.
INLINE void transform_input(lanes *result, const lanes *x, int enlarges) {
  if (enlarges) {
    result[0] = x[0] - x[1];
    result[1] = x[1];
    result[2] = x[1] - x[2];
  } else {
    result[0] = x[0] - x[2];
    result[1] = x[1] + x[2];
    result[2] = x[2] - x[1];
    result[3] = x[1] - x[3];
  }
}

// Aᵀ·x, for one row or column.
INLINE void transform_output(lanes *result, const lanes *x, int enlarges) {
  result[0] = enlarges ? x[0] + x[1] : x[0] + x[1] + x[2];
  result[1] = enlarges ? x[1] - x[2] : x[1] - x[2] - x[3];
}

INLINE void winograd_input(
    void *transformed, int64_t position_stride, const void *source, dmpi_element type,
    int enlarges, int64_t height, int64_t width, int64_t channels, int64_t first, int64_t count) {
  static const float zeros[LANES];
  const int n = side(enlarges), scale = enlarges ? 2 : 1;
  for (int64_t t = 0; t < count; t++) {
    const tile_place tile = place(first + t, height, width, 2);
    const char *pixel[SIDE][SIDE];
    int64_t step[SIDE][SIDE];
    for (int i = 0; i < n; i++)
      for (int j = 0; j < n; j++) {
        const int64_t y = tile.row / scale - 1 + i, x = tile.column / scale - 1 + j;
        const int inside = y >= 0 && y < height / scale && x >= 0 && x < width / scale;
        const int64_t index = (tile.image * (height / scale) + y) * (width / scale) + x;
        pixel[i][j] = inside ? at(source, type, index * channels) : (const char *)zeros;
        step[i][j] = inside ? LANES * bytes(type) : 0;
      }
    char *destination = at_mutable(transformed, type, t * channels);
    const int64_t stride = position_stride * bytes(type);
    for (int64_t c = 0; c < channels; c += LANES) {
      lanes columns[SIDE][SIDE];  // the transform of column j in columns[j]
#pragma clang loop unroll(full)
      for (int j = 0; j < n; j++) {
        lanes column[SIDE];
#pragma clang loop unroll(full)
        for (int i = 0; i < n; i++) {
          load_lanes(&column[i], pixel[i][j], type);
          pixel[i][j] += step[i][j];
        }
        transform_input(columns[j], column, enlarges);
      }
#pragma clang loop unroll(full)
      for (int i = 0; i < n; i++) {
        lanes row[SIDE], result[SIDE];
#pragma clang loop unroll(full)
        for (int j = 0; j < n; j++) row[j] = columns[j][i];
        transform_input(result, row, enlarges);
#pragma clang loop unroll(full)
        for (int j = 0; j < n; j++)
          store_lanes(destination + (i * n + j) * stride, type, &result[j]);
      }
      destination += LANES * bytes(type);
    }
  }
}

// Calls f with the element type and whether it enlarges as constants, so that each case is compiled
// to its own loop.
#define FOR_EACH_KIND(type, enlarges, CALL) \
  do {                                      \
    if ((type) == DMPI_ELEMENT_BF16) {      \
      if (enlarges)                         \
        CALL(DMPI_ELEMENT_BF16, 1);         \
      else                                  \
        CALL(DMPI_ELEMENT_BF16, 0);         \
    } else {                                \
      if (enlarges)                         \
        CALL(DMPI_ELEMENT_F32, 1);          \
      else                                  \
        CALL(DMPI_ELEMENT_F32, 0);          \
    }                                       \
  } while (0)

CLONES void dmpi_winograd_input(
    void *transformed, int64_t position_stride, const void *source, dmpi_element type,
    int enlarges, int64_t height, int64_t width, int64_t channels, int64_t first, int64_t count) {
#define CALL(TYPE, ENLARGES) \
  winograd_input(            \
      transformed, position_stride, source, TYPE, ENLARGES, height, width, channels, first, count)
  FOR_EACH_KIND(type, enlarges, CALL);
#undef CALL
}

INLINE void winograd_output(
    void *destination, dmpi_element to, int enlarges, const float *products,
    int64_t position_stride, const float *bias, const void *added, int64_t height, int64_t width,
    int64_t channels, int64_t first, int64_t count) {
  const int n = side(enlarges);
  for (int64_t t = 0; t < count; t++) {
    const tile_place tile = place(first + t, height, width, 2);
    const int64_t corner = ((tile.image * height + tile.row) * width + tile.column) * channels;
    const float *product = products + t * channels;
    for (int64_t c = 0; c < channels; c += LANES) {
      lanes columns[SIDE][2];  // the transform of column j in columns[j]
#pragma clang loop unroll(full)
      for (int j = 0; j < n; j++) {
        lanes column[SIDE];
#pragma clang loop unroll(full)
        for (int i = 0; i < n; i++)
          load_lanes(
              &column[i], product + (i * n + j) * position_stride + c, DMPI_ELEMENT_F32);
        transform_output(columns[j], column, enlarges);
      }
      lanes b;
      load_lanes(&b, bias + c, DMPI_ELEMENT_F32);
#pragma clang loop unroll(full)
      for (int i = 0; i < 2; i++) {
        lanes row[SIDE], result[2];
#pragma clang loop unroll(full)
        for (int j = 0; j < n; j++) row[j] = columns[j][i];
        transform_output(result, row, enlarges);
#pragma clang loop unroll(full)
        for (int j = 0; j < 2; j++)
          finish_pixel(
              destination, to, &result[j], &b, added, corner + (i * width + j) * channels + c);
      }
    }
  }
}

CLONES void dmpi_winograd_output(
    void *destination, dmpi_element to, int enlarges, const float *products,
    int64_t position_stride, const float *bias, const void *added, int64_t height, int64_t width,
    int64_t channels, int64_t first, int64_t count) {
#define CALL(TO, ENLARGES)                                                                     \
  winograd_output(                                                                             \
      destination, TO, ENLARGES, products, position_stride, bias, added, height, width, channels, \
      first, count)
  FOR_EACH_KIND(to, enlarges, CALL);
#undef CALL
}

void dmpi_winograd_weights(
    float *transformed, int enlarges, const float *weights, int64_t pairs) {
  static const double usual[SIDE][3] = {{1, 0, 0}, {0.5, 0.5, 0.5}, {0.5, -0.5, 0.5}, {0, 0, 1}};
  static const double enlarging[3][3] = {{1, 0, 0}, {1, 1, 1}, {0, 0, 1}};
  const double(*g)[3] = enlarges ? enlarging : usual;
  const int n = side(enlarges);
  for (int64_t pair = 0; pair < pairs; pair++) {
    const float *w = weights + 9 * pair;
    double rows[SIDE][3];
    for (int i = 0; i < n; i++)
      for (int j = 0; j < 3; j++)
        rows[i][j] = g[i][0] * w[j] + g[i][1] * w[3 + j] + g[i][2] * w[6 + j];
    for (int i = 0; i < n; i++)
      for (int j = 0; j < n; j++)
        transformed[(i * n + j) * pairs + pair] =
            (float)(rows[i][0] * g[j][0] + rows[i][1] * g[j][1] + rows[i][2] * g[j][2]);
  }
}

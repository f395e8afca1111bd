#include "elements.h"

// F(2×2, 3×3): 4×4 pixels of a channel make 2×2 pixels of the result with 16 multiplications where
// the direct sum takes 36 (Lavin and Gray 2015, "Fast Algorithms for Convolutional Neural
// Networks"). Both transforms work on sixteen channels at a time.

enum { SIDE = 4 };

// Where a tile lies in its batch of images.
typedef struct {
  int64_t image, row, column;
} tile_place;

INLINE tile_place place(int64_t tile, int64_t height, int64_t width) {
  const int64_t across = width / 2, an_image = height / 2 * across;
  const int64_t rest = tile % an_image;
  return (tile_place){tile / an_image, 2 * (rest / across), 2 * (rest % across)};
}

INLINE void winograd_input(
    void *transformed, dmpi_element to, int64_t position_stride, const void *source,
    dmpi_element from, int64_t height, int64_t width, int64_t channels, int64_t first,
    int64_t count) {
  static const float zeros[LANES];
  for (int64_t t = 0; t < count; t++) {
    const tile_place tile = place(first + t, height, width);
    const char *pixel[SIDE][SIDE];
    int64_t step[SIDE][SIDE];
    for (int i = 0; i < SIDE; i++)
      for (int j = 0; j < SIDE; j++) {
        const int64_t y = tile.row - 1 + i, x = tile.column - 1 + j;
        const int inside = y >= 0 && y < height && x >= 0 && x < width;
        const int64_t index = (tile.image * height + y) * width + x;
        pixel[i][j] = inside ? at(source, from, index * channels) : (const char *)zeros;
        step[i][j] = inside ? LANES * bytes(from) : 0;
      }
    char *destination = at_mutable(transformed, to, t * channels);
    const int64_t stride = position_stride * bytes(to);
    for (int64_t c = 0; c < channels; c += LANES) {
      lanes d[SIDE][SIDE];
#pragma clang loop unroll(full)
      for (int j = 0; j < SIDE; j++) {
        lanes column[SIDE];
#pragma clang loop unroll(full)
        for (int i = 0; i < SIDE; i++) {
          load_lanes(&column[i], pixel[i][j], from);
          pixel[i][j] += step[i][j];
        }
        d[0][j] = column[0] - column[2];
        d[1][j] = column[1] + column[2];
        d[2][j] = column[2] - column[1];
        d[3][j] = column[1] - column[3];
      }
#pragma clang loop unroll(full)
      for (int i = 0; i < SIDE; i++) {
        const lanes row[SIDE] = {
            d[i][0] - d[i][2], d[i][1] + d[i][2], d[i][2] - d[i][1], d[i][1] - d[i][3]};
#pragma clang loop unroll(full)
        for (int j = 0; j < SIDE; j++)
          store_lanes(destination + (i * SIDE + j) * stride, to, &row[j]);
      }
      destination += LANES * bytes(to);
    }
  }
}

CLONES void dmpi_winograd_input(
    void *transformed, int64_t position_stride, const void *source, dmpi_element type,
    int64_t height, int64_t width, int64_t channels, int64_t first, int64_t count) {
  if (type == DMPI_ELEMENT_BF16)
    winograd_input(
        transformed, DMPI_ELEMENT_BF16, position_stride, source, DMPI_ELEMENT_BF16, height, width,
        channels, first, count);
  else
    winograd_input(
        transformed, DMPI_ELEMENT_F32, position_stride, source, DMPI_ELEMENT_F32, height, width,
        channels, first, count);
}

INLINE void winograd_output(
    void *destination, dmpi_element to, const float *products, int64_t position_stride,
    const float *bias, const void *added, int64_t height, int64_t width, int64_t channels,
    int64_t first, int64_t count) {
  for (int64_t t = 0; t < count; t++) {
    const tile_place tile = place(first + t, height, width);
    const int64_t corner = ((tile.image * height + tile.row) * width + tile.column) * channels;
    const float *product = products + t * channels;
    for (int64_t c = 0; c < channels; c += LANES) {
      lanes m[2][SIDE];
#pragma clang loop unroll(full)
      for (int j = 0; j < SIDE; j++) {
        lanes column[SIDE];
#pragma clang loop unroll(full)
        for (int i = 0; i < SIDE; i++)
          load_lanes(
              &column[i], product + (i * SIDE + j) * position_stride + c, DMPI_ELEMENT_F32);
        m[0][j] = column[0] + column[1] + column[2];
        m[1][j] = column[1] - column[2] - column[3];
      }
      lanes b;
      load_lanes(&b, bias + c, DMPI_ELEMENT_F32);
#pragma clang loop unroll(full)
      for (int i = 0; i < 2; i++) {
        lanes row[2] = {
            m[i][0] + m[i][1] + m[i][2] + b, m[i][1] - m[i][2] - m[i][3] + b};
#pragma clang loop unroll(full)
        for (int j = 0; j < 2; j++) {
          const int64_t index = corner + (i * width + j) * channels + c;
          if (added) {
            lanes a;
            load_lanes(&a, at(added, to, index), to);
            row[j] += a;
          }
          store_lanes(at_mutable(destination, to, index), to, &row[j]);
        }
      }
    }
  }
}

CLONES void dmpi_winograd_output(
    void *destination, dmpi_element to, const float *products, int64_t position_stride,
    const float *bias, const void *added, int64_t height, int64_t width, int64_t channels,
    int64_t first, int64_t count) {
  if (to == DMPI_ELEMENT_BF16)
    winograd_output(
        destination, DMPI_ELEMENT_BF16, products, position_stride, bias, added, height, width,
        channels, first, count);
  else
    winograd_output(
        destination, DMPI_ELEMENT_F32, products, position_stride, bias, added, height, width,
        channels, first, count);
}

void dmpi_winograd_weights(float *transformed, const float *weights, int64_t pairs) {
  static const double g[SIDE][3] = {{1, 0, 0}, {0.5, 0.5, 0.5}, {0.5, -0.5, 0.5}, {0, 0, 1}};
  for (int64_t pair = 0; pair < pairs; pair++) {
    const float *w = weights + 9 * pair;
    double rows[SIDE][3];
    for (int i = 0; i < SIDE; i++)
      for (int j = 0; j < 3; j++)
        rows[i][j] = g[i][0] * w[j] + g[i][1] * w[3 + j] + g[i][2] * w[6 + j];
    for (int i = 0; i < SIDE; i++)
      for (int j = 0; j < SIDE; j++)
        transformed[(i * SIDE + j) * pairs + pair] =
            (float)(rows[i][0] * g[j][0] + rows[i][1] * g[j][1] + rows[i][2] * g[j][2]);
  }
}

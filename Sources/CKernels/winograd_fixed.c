#include <immintrin.h>
#include <math.h>

#include "elements.h"
#include "tiles.h"

// F(4×4, 3×3) with products in fixed point: 6×6 pixels of a channel give 4×4 pixels of the result
// with 36 multiplications, while the direct sum needs 144 (Lavin and Gray 2015). The eight bits of
// bf16 are not enough, because these transforms amplify rounding errors. Twelve bits and a sign,
// with a scale for every row and column of a product, are as accurate as a direct convolution in
// bf16, and AVX512-VNNI multiplies pairs of 16-bit integers as fast as pairs of bf16.
//
// The interpolation points are 0, ±3/4, ±3/2 and ∞. Of those that were tried, they amplify errors
// least.

enum {
  TILE = 4,
  SIDE = 6,
  POSITIONS = SIDE * SIDE,
  // The number of rows, and of vectors of columns, that are summed in registers at once.
  ROWS = 8,
  VECTORS = DMPI_FIXED_COLUMNS / LANES,
  LARGEST = 4095,
  // A sum of this many products of the largest numbers fits into 32 bits with a sign.
  DEPTH = 128,
};
_Static_assert((int64_t)LARGEST * LARGEST * DEPTH <= INT32_MAX, "sums may overflow");

#define A 0.75f
#define B 1.5f

// Bᵀ·x, for one row or column.
INLINE void transform_input(lanes *result, const lanes *x) {
  const lanes even_a = x[4] - (B * B) * x[2], odd_a = A * (x[3] - (B * B) * x[1]);
  const lanes even_b = x[4] - (A * A) * x[2], odd_b = B * (x[3] - (A * A) * x[1]);
  result[0] = (A * A * B * B) * x[0] - (A * A + B * B) * x[2] + x[4];
  result[1] = even_a + odd_a;
  result[2] = even_a - odd_a;
  result[3] = even_b + odd_b;
  result[4] = even_b - odd_b;
  result[5] = (A * A * B * B) * x[1] - (A * A + B * B) * x[3] + x[5];
}

// Aᵀ·x, for one row or column.
INLINE void transform_output(lanes *result, const lanes *x) {
  const lanes sum_a = x[1] + x[2], difference_a = x[1] - x[2];
  const lanes sum_b = x[3] + x[4], difference_b = x[3] - x[4];
  result[0] = x[0] + sum_a + sum_b;
  result[1] = A * difference_a + B * difference_b;
  result[2] = (A * A) * sum_a + (B * B) * sum_b;
  result[3] = (A * A * A) * difference_a + (B * B * B) * difference_b + x[5];
}

// 6×6 pixels: the first channel of the first pixel, and the bytes from one pixel to the next and
// from one row to the next.
typedef struct {
  const char *start;
  int64_t pixel, row;
} patch;

// Transforms 16 channels of one tile in f32, and updates the largest magnitude at each position.
// Magnitudes are compared by their bits, so that NaN and infinity are larger than all numbers.
INLINE void transform_tile(
    float *transformed, bit_lanes *largest, patch pixels, int64_t channels) {
  lanes columns[SIDE][SIDE];  // the transform of column j in columns[j]
#pragma clang loop unroll(full)
  for (int j = 0; j < SIDE; j++) {
    lanes column[SIDE];
#pragma clang loop unroll(full)
    for (int i = 0; i < SIDE; i++)
      load_lanes(
          &column[i], pixels.start + i * pixels.row + j * pixels.pixel, DMPI_ELEMENT_BF16);
    transform_input(columns[j], column);
  }
#pragma clang loop unroll(full)
  for (int i = 0; i < SIDE; i++) {
    lanes row[SIDE], result[SIDE];
#pragma clang loop unroll(full)
    for (int j = 0; j < SIDE; j++) row[j] = columns[j][i];
    transform_input(result, row);
#pragma clang loop unroll(full)
    for (int j = 0; j < SIDE; j++) {
      const int position = i * SIDE + j;
      store_lanes(transformed + position * channels, DMPI_ELEMENT_F32, &result[j]);
      const bit_lanes magnitude = (bit_lanes)result[j] & 0x7fffffffu;
      largest[position] = __builtin_elementwise_max(largest[position], magnitude);
    }
  }
}

// Returns the pixels of a tile. They are copied if some lie outside the image, because those are
// zero.
INLINE patch tile_pixels(
    void *copy, const void *source, tile_place tile, int64_t height, int64_t width,
    int64_t channels) {
  const int64_t pixel = channels * bytes(DMPI_ELEMENT_BF16);
  const int64_t top = tile.row - 1, left = tile.column - 1;
  const char *image = at(source, DMPI_ELEMENT_BF16, tile.image * height * width * channels);
  if (top >= 0 && left >= 0 && top + SIDE <= height && left + SIDE <= width)
    return (patch){image + (top * width + left) * pixel, pixel, width * pixel};
  for (int i = 0; i < POSITIONS; i++) {
    const int64_t y = top + i / SIDE, x = left + i % SIDE;
    char *to = (char *)copy + i * pixel;
    if (y >= 0 && y < height && x >= 0 && x < width)
      memcpy(to, image + (y * width + x) * pixel, (size_t)pixel);
    else
      memset(to, 0, (size_t)pixel);
  }
  return (patch){copy, pixel, SIDE * pixel};
}

// Converts one row to integers of at most LARGEST, and returns the factor to multiply them by. If
// the row is not finite, the factor is not finite either.
INLINE float quantise(
    int16_t *destination, const float *row, const bit_lanes *largest, int64_t channels) {
  const float magnitude = bits_to_float(__builtin_reduce_max(*largest));
  const float range = magnitude < 1e-30f ? 1e-30f : magnitude;
  const float factor = (float)LARGEST / range;
  for (int64_t c = 0; c < channels; c += LANES) {
    lanes x;
    load_lanes(&x, row + c, DMPI_ELEMENT_F32);
    x = x * factor + 12582912.0f;  // 1.5·2²³: rounds to an integer, in the lower 16 bits
    const half_lanes whole = __builtin_convertvector((bit_lanes)x, half_lanes);
    memcpy(destination + c, &whole, sizeof whole);
  }
  return range / (float)LARGEST;
}

CLONES void dmpi_fixed_input(
    int16_t *transformed, float *scales, float *workspace, const void *source, int64_t height,
    int64_t width, int64_t channels, int64_t rows, int64_t first, int64_t count) {
  for (int64_t t = 0; t < count; t++) {
    patch pixels = tile_pixels(
        workspace + POSITIONS * channels, source, place(first + t, height, width, TILE), height,
        width, channels);
    bit_lanes largest[POSITIONS] = {{0}};
    for (int64_t c = 0; c < channels; c += LANES) {
      transform_tile(workspace + c, largest, pixels, channels);
      pixels.start += LANES * bytes(DMPI_ELEMENT_BF16);
    }
    for (int i = 0; i < POSITIONS; i++)
      scales[i * rows + t] = quantise(
          transformed + (i * rows + t) * channels, workspace + i * channels, &largest[i], channels);
  }
}

// --- products ----------------------------------------------------------------------------------

#define VNNI __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx512vnni")))

// sum + a·b of pairs. The compiler (clang 21) splits the intrinsic into a product and an addition,
// which is slower here.
VNNI INLINE __m512i add_products(__m512i sum, __m512i a, __m512i b) {
  __asm__("vpdpwssd %2, %1, %0" : "+v"(sum) : "v"(a), "v"(b));
  return sum;
}

// c [ROWS × 16·vectors] (+)= a·b with their scales, over at most DEPTH channels. Rows of a are
// `pitch` apart, and b has pairs of channels next to each other.
VNNI INLINE void register_product(
    float *c, const int16_t *a, const float *row_scales, const int16_t *b,
    const float *column_scales, int64_t pitch, int64_t depth, int vectors, int adds) {
  __m512i sums[ROWS][VECTORS];
#pragma clang loop unroll(full)
  for (int r = 0; r < ROWS; r++)
#pragma clang loop unroll(full)
    for (int v = 0; v < vectors; v++) sums[r][v] = _mm512_setzero_si512();
  for (int64_t k = 0; k < depth; k += 2) {
    __m512i pairs[VECTORS];
#pragma clang loop unroll(full)
    for (int v = 0; v < vectors; v++) {
      const int16_t *next = b + (k * vectors + 2 * v) * LANES;
      pairs[v] = _mm512_loadu_si512(next);
      // Weights are read once for all rows, from memory. The hardware does not prefetch far enough.
      __builtin_prefetch(next + DEPTH / 2 * vectors * LANES, 0, 2);
    }
#pragma clang loop unroll(full)
    for (int r = 0; r < ROWS; r++) {
      int32_t pair;
      memcpy(&pair, a + r * pitch + k, sizeof pair);
      const __m512i both = _mm512_set1_epi32(pair);
#pragma clang loop unroll(full)
      for (int v = 0; v < vectors; v++)
        sums[r][v] = add_products(sums[r][v], both, pairs[v]);
    }
  }
#pragma clang loop unroll(full)
  for (int v = 0; v < vectors; v++) {
    const __m512 column = _mm512_loadu_ps(column_scales + v * LANES);
#pragma clang loop unroll(full)
    for (int r = 0; r < ROWS; r++) {
      float *to = c + (r * vectors + v) * LANES;
      const __m512 scale = _mm512_mul_ps(_mm512_set1_ps(row_scales[r]), column);
      const __m512 sum = _mm512_cvtepi32_ps(sums[r][v]);
      _mm512_storeu_ps(
          to, adds ? _mm512_fmadd_ps(sum, scale, _mm512_loadu_ps(to)) : _mm512_mul_ps(sum, scale));
    }
  }
}

VNNI INLINE void fixed_products(
    float *products, const int16_t *transformed, const float *scales, const int16_t *packed,
    const float *column_scales, int64_t rows, int64_t channels, int vectors) {
  const int64_t columns = vectors * LANES;
  for (int position = 0; position < POSITIONS; position++)
    for (int64_t k = 0; k < channels; k += DEPTH) {
      const int64_t depth = channels - k < DEPTH ? channels - k : DEPTH;
      const int16_t *b = packed + (position * channels + k) * columns;
      for (int64_t r = 0; r < rows; r += ROWS) {
        const int64_t row = position * rows + r;
        float *c = products + row * columns;
        const int16_t *a = transformed + row * channels + k;
        const float *column = column_scales + position * columns;
        if (k == 0)
          register_product(c, a, scales + row, b, column, channels, depth, vectors, 0);
        else
          register_product(c, a, scales + row, b, column, channels, depth, vectors, 1);
      }
    }
}

VNNI void dmpi_fixed_products(
    float *products, const int16_t *transformed, const float *scales, const int16_t *packed,
    const float *column_scales, int64_t rows, int64_t channels, int64_t columns) {
#define CALL(VECTORS) \
  fixed_products(     \
      products, transformed, scales, packed, column_scales, rows, channels, VECTORS)
  if (columns == 3 * LANES)
    CALL(3);
  else if (columns == 2 * LANES)
    CALL(2);
  else
    CALL(1);
#undef CALL
}

// --- output ------------------------------------------------------------------------------------

CLONES void dmpi_fixed_output(
    void *destination, const float *products, const float *bias, const void *added, int64_t height,
    int64_t width, int64_t channels, int64_t columns, int64_t rows, int64_t first, int64_t count) {
  for (int64_t t = 0; t < count; t++) {
    const tile_place tile = place(first + t, height, width, TILE);
    const int64_t corner = ((tile.image * height + tile.row) * width + tile.column) * channels;
    for (int64_t c = 0; c < columns; c += LANES) {
      lanes transformed[SIDE][TILE];  // the transform of column j in transformed[j]
#pragma clang loop unroll(full)
      for (int j = 0; j < SIDE; j++) {
        lanes column[SIDE];
#pragma clang loop unroll(full)
        for (int i = 0; i < SIDE; i++)
          load_lanes(
              &column[i], products + ((i * SIDE + j) * rows + t) * columns + c, DMPI_ELEMENT_F32);
        transform_output(transformed[j], column);
      }
      lanes b;
      load_lanes(&b, bias + c, DMPI_ELEMENT_F32);
#pragma clang loop unroll(full)
      for (int i = 0; i < TILE; i++) {
        lanes row[SIDE], result[TILE];
#pragma clang loop unroll(full)
        for (int j = 0; j < SIDE; j++) row[j] = transformed[j][i];
        transform_output(result, row);
#pragma clang loop unroll(full)
        for (int j = 0; j < TILE; j++)
          finish_pixel(
              destination, DMPI_ELEMENT_BF16, &result[j], &b, added,
              corner + (i * width + j) * channels + c);
      }
    }
  }
}

// --- weights -----------------------------------------------------------------------------------

typedef struct {
  double entry[SIDE][3];
} weight_transform;

// G for the interpolation points: 1, x and x², divided by the product of the distances to the other
// points.
static weight_transform make_weight_transform(void) {
  static const double points[SIDE - 1] = {0, A, -A, B, -B};
  weight_transform g = {{{0}}};
  for (int i = 0; i < SIDE - 1; i++) {
    double divisor = 1;
    for (int j = 0; j < SIDE - 1; j++)
      if (j != i) divisor *= points[i] - points[j];
    g.entry[i][0] = 1 / divisor;
    g.entry[i][1] = points[i] / divisor;
    g.entry[i][2] = points[i] * points[i] / divisor;
  }
  g.entry[SIDE - 1][2] = 1;
  return g;
}

// G·w·Gᵀ of one 3×3 kernel.
INLINE void transform_weights(double result[POSITIONS], const weight_transform *g, const float *w) {
  double rows[SIDE][3];
  for (int i = 0; i < SIDE; i++)
    for (int j = 0; j < 3; j++) {
      const double *a = g->entry[i];
      rows[i][j] = a[0] * w[j] + a[1] * w[3 + j] + a[2] * w[6 + j];
    }
  for (int i = 0; i < SIDE; i++)
    for (int j = 0; j < SIDE; j++) {
      const double *a = g->entry[j];
      result[i * SIDE + j] = rows[i][0] * a[0] + rows[i][1] * a[1] + rows[i][2] * a[2];
    }
}

CLONES void dmpi_fixed_weights(
    int16_t *packed, float *column_scales, const float *weights, int64_t columns,
    int64_t channels) {
  const weight_transform g = make_weight_transform();
  for (int64_t o = 0; o < columns; o++) {
    const float *kernels = weights + o * channels * 9;
    double largest[POSITIONS] = {0}, u[POSITIONS];
    for (int64_t c = 0; c < channels; c++) {
      transform_weights(u, &g, kernels + 9 * c);
      for (int i = 0; i < POSITIONS; i++)
        largest[i] = fabs(u[i]) > largest[i] ? fabs(u[i]) : largest[i];
    }
    for (int i = 0; i < POSITIONS; i++)
      column_scales[i * columns + o] = (float)(largest[i] / LARGEST);
    for (int64_t c = 0; c < channels; c++) {
      transform_weights(u, &g, kernels + 9 * c);
      for (int i = 0; i < POSITIONS; i++) {
        const float scale = column_scales[i * columns + o];
        const int64_t place = ((i * channels + c) / 2 * columns + o) * 2 + c % 2;
        packed[place] = scale > 0 ? (int16_t)nearbyint(u[i] / (double)scale) : 0;
      }
    }
  }
}

#include "elements.h"

// Calls f(..., from, to, ...) with both element types as constants, so that each pair becomes its
// own loop.
#define FOR_BOTH_TYPES(from, to, CALL)                                   \
  do {                                                                   \
    if ((from) == DMPI_ELEMENT_BF16) {                                   \
      if ((to) == DMPI_ELEMENT_BF16)                                     \
        CALL(DMPI_ELEMENT_BF16, DMPI_ELEMENT_BF16);                      \
      else                                                               \
        CALL(DMPI_ELEMENT_BF16, DMPI_ELEMENT_F32);                       \
    } else {                                                             \
      if ((to) == DMPI_ELEMENT_BF16)                                     \
        CALL(DMPI_ELEMENT_F32, DMPI_ELEMENT_BF16);                       \
      else                                                               \
        CALL(DMPI_ELEMENT_F32, DMPI_ELEMENT_F32);                        \
    }                                                                    \
  } while (0)

// Sums of 16·`blocks` channels, in registers from the first pixel to the last.
INLINE void block_sums(
    float *sums, const void *source, dmpi_element type, const void *pivot, int64_t pixels,
    int64_t channels, int64_t first, int blocks) {
  lanes center[4], sum[4] = {{0}}, squares[4] = {{0}};
  for (int k = 0; k < blocks; k++)
    load_lanes(&center[k], at(pivot, type, first + k * LANES), type);
  for (int64_t p = 0; p < pixels; p++)
    for (int k = 0; k < blocks; k++) {
      lanes d;
      load_lanes(&d, at(source, type, p * channels + first + k * LANES), type);
      d -= center[k];
      sum[k] += d;
      squares[k] += d * d;
    }
  for (int k = 0; k < blocks; k++) {
    store_lanes(sums + first + k * LANES, DMPI_ELEMENT_F32, &sum[k]);
    store_lanes(sums + channels + first + k * LANES, DMPI_ELEMENT_F32, &squares[k]);
  }
}

INLINE void channel_sums(
    float *restrict sums, const void *source, dmpi_element type, const void *pivot,
    int64_t pixels, int64_t channels) {
  int64_t c = 0;
  for (; c + 4 * LANES <= channels; c += 4 * LANES)
    block_sums(sums, source, type, pivot, pixels, channels, c, 4);
  for (; c + LANES <= channels; c += LANES)
    block_sums(sums, source, type, pivot, pixels, channels, c, 1);
  for (; c < channels; c++) {
    float sum = 0, squares = 0;
    for (int64_t p = 0; p < pixels; p++) {
      const float d = load(source, type, p * channels + c) - load(pivot, type, c);
      sum += d;
      squares += d * d;
    }
    sums[c] = sum;
    sums[channels + c] = squares;
  }
}

CLONES void dmpi_channel_sums(
    float *sums, const void *source, dmpi_element type, const void *pivot, int64_t pixels,
    int64_t channels) {
  if (type == DMPI_ELEMENT_BF16)
    channel_sums(sums, source, DMPI_ELEMENT_BF16, pivot, pixels, channels);
  else
    channel_sums(sums, source, DMPI_ELEMENT_F32, pivot, pixels, channels);
}

INLINE void affine(
    void *restrict destination, dmpi_element to, int64_t destination_stride,
    const void *restrict source, dmpi_element from, const float *restrict a,
    const float *restrict b, int activates, int64_t pixels, int64_t channels) {
  for (int64_t p = 0; p < pixels; p++) {
    const void *x = at(source, from, p * channels);
    void *y = at_mutable(destination, to, p * destination_stride);
    if (activates)
      for (int64_t c = 0; c < channels; c++)
        store(y, to, c, silu(load(x, from, c) * a[c] + b[c]));
    else
      for (int64_t c = 0; c < channels; c++) store(y, to, c, load(x, from, c) * a[c] + b[c]);
  }
}

CLONES void dmpi_affine(
    void *destination, dmpi_element to, int64_t destination_stride, const void *source,
    dmpi_element from, const float *a, const float *b, int activates, int64_t pixels,
    int64_t channels) {
#define CALL(FROM, TO) \
  affine(destination, TO, destination_stride, source, FROM, a, b, activates, pixels, channels)
  FOR_BOTH_TYPES(from, to, CALL);
#undef CALL
}

INLINE float activated(float x, int activates) { return activates ? silu(x) : x; }

INLINE void affine_downsample(
    void *restrict destination, dmpi_element to, int64_t destination_stride,
    const void *restrict source, dmpi_element from, const float *restrict a,
    const float *restrict b, int activates, int64_t source_width, int64_t channels) {
  for (int64_t p = 0; p < source_width / 2; p++) {
    const void *top = at(source, from, 2 * p * channels);
    const void *bottom = at(source, from, (source_width + 2 * p) * channels);
    void *y = at_mutable(destination, to, p * destination_stride);
    for (int64_t c = 0; c < channels; c++) {
      const float sum = activated(load(top, from, c) * a[c] + b[c], activates) +
                        activated(load(top, from, channels + c) * a[c] + b[c], activates) +
                        activated(load(bottom, from, c) * a[c] + b[c], activates) +
                        activated(load(bottom, from, channels + c) * a[c] + b[c], activates);
      store(y, to, c, 0.25f * sum);
    }
  }
}

CLONES void dmpi_affine_downsample(
    void *destination, dmpi_element to, int64_t destination_stride, const void *source,
    dmpi_element from, const float *a, const float *b, int activates, int64_t source_width,
    int64_t channels) {
#define CALL(FROM, TO)                                                                    \
  do {                                                                                    \
    if (activates)                                                                        \
      affine_downsample(                                                                  \
          destination, TO, destination_stride, source, FROM, a, b, 1, source_width,       \
          channels);                                                                      \
    else                                                                                  \
      affine_downsample(                                                                  \
          destination, TO, destination_stride, source, FROM, a, b, 0, source_width,       \
          channels);                                                                      \
  } while (0)
  FOR_BOTH_TYPES(from, to, CALL);
#undef CALL
}

INLINE void affine_upsample(
    void *restrict destination, dmpi_element to, int64_t destination_stride,
    const void *restrict source, dmpi_element from, const float *restrict a,
    const float *restrict b, int activates, int64_t source_width, int64_t channels) {
  const int64_t row = 2 * source_width * destination_stride;
  for (int64_t p = 0; p < source_width; p++) {
    void *y = at_mutable(destination, to, 2 * p * destination_stride);
    affine(y, to, 0, at(source, from, p * channels), from, a, b, activates, 1, channels);
    const size_t size = (size_t)(channels * bytes(to));
    memcpy(at_mutable(y, to, destination_stride), y, size);
    memcpy(at_mutable(y, to, row), y, size);
    memcpy(at_mutable(y, to, row + destination_stride), y, size);
  }
}

CLONES void dmpi_affine_upsample(
    void *destination, dmpi_element to, int64_t destination_stride, const void *source,
    dmpi_element from, const float *a, const float *b, int activates, int64_t source_width,
    int64_t channels) {
#define CALL(FROM, TO)                                                                       \
  affine_upsample(                                                                           \
      destination, TO, destination_stride, source, FROM, a, b, activates, source_width, channels)
  FOR_BOTH_TYPES(from, to, CALL);
#undef CALL
}

// dz = dy·act'(x·a + b) of pixel p of a row.
INLINE float activation_gradient(
    const void *gradient, const void *source, dmpi_element type, float a, float b, int activates,
    int halved, int64_t p, int64_t channels, int64_t c) {
  const float dy = halved ? 0.25f * load(gradient, type, p / 2 * channels + c)
                          : load(gradient, type, p * channels + c);
  return activates ? dy * silu_slope(load(source, type, p * channels + c) * a + b) : dy;
}

INLINE void affine_backward_sums(
    float *restrict sums, const void *gradient, const void *source, dmpi_element type,
    const float *a, const float *b, const float *r, const float *m, int activates, int halved,
    int64_t width, int64_t channels) {
  for (int64_t p = 0; p < width; p++)
    for (int64_t c = 0; c < channels; c++) {
      const float dz = activation_gradient(
          gradient, source, type, a[c], b[c], activates, halved, p, channels, c);
      sums[c] += dz;
      sums[channels + c] += dz * (load(source, type, p * channels + c) * r[c] + m[c]);
    }
}

CLONES void dmpi_affine_backward_sums(
    float *sums, const void *gradient, const void *source, dmpi_element type, const float *a,
    const float *b, const float *r, const float *m, int activates, int halved, int64_t width,
    int64_t channels) {
#define CALL(TYPE, ACTIVATES) \
  affine_backward_sums(       \
      sums, gradient, source, TYPE, a, b, r, m, ACTIVATES, halved, width, channels)
  if (type == DMPI_ELEMENT_BF16) {
    if (activates)
      CALL(DMPI_ELEMENT_BF16, 1);
    else
      CALL(DMPI_ELEMENT_BF16, 0);
  } else {
    if (activates)
      CALL(DMPI_ELEMENT_F32, 1);
    else
      CALL(DMPI_ELEMENT_F32, 0);
  }
#undef CALL
}

INLINE void affine_backward(
    void *restrict destination, dmpi_element to, const void *gradient, const void *source,
    dmpi_element type, const void *added, const float *a, const float *b, const float *A,
    const float *B, const float *D, int activates, int halved, int64_t width, int64_t channels) {
  for (int64_t p = 0; p < width; p++) {
    const int64_t first = p * channels;
    for (int64_t c = 0; c < channels; c++) {
      const float dz = activation_gradient(
          gradient, source, type, a[c], b[c], activates, halved, p, channels, c);
      const float dx = A[c] * dz + B[c] * load(source, type, first + c) + D[c];
      store(destination, to, first + c, added ? dx + load(added, to, first + c) : dx);
    }
  }
}

CLONES void dmpi_affine_backward(
    void *destination, dmpi_element to, const void *gradient, const void *source,
    dmpi_element type, const void *added, const float *a, const float *b, const float *A,
    const float *B, const float *D, int activates, int halved, int64_t width, int64_t channels) {
#define CALL(TYPE, TO)                                                                         \
  do {                                                                                         \
    if (activates)                                                                             \
      affine_backward(                                                                         \
          destination, TO, gradient, source, TYPE, added, a, b, A, B, D, 1, halved, width,     \
          channels);                                                                           \
    else                                                                                       \
      affine_backward(                                                                         \
          destination, TO, gradient, source, TYPE, added, a, b, A, B, D, 0, halved, width,     \
          channels);                                                                           \
  } while (0)
  FOR_BOTH_TYPES(type, to, CALL);
#undef CALL
}

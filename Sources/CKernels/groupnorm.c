#include "elements.h"

// Sums of 16·`blocks` channels, kept in registers from the first pixel to the last.
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

INLINE float activated(float x, int activates) { return activates ? silu(x) : x; }

// act(x·a + b) of sixteen channels, for a result of type `to`.
INLINE void activated_lanes(
    lanes *y, const void *x, dmpi_element type, const float *a, const float *b, int activates,
    dmpi_element to) {
  lanes scale, shift;
  load_lanes(y, x, type);
  load_lanes(&scale, a, DMPI_ELEMENT_F32);
  load_lanes(&shift, b, DMPI_ELEMENT_F32);
  *y = *y * scale + shift;
  if (activates) silu_lanes(y, to);
}

INLINE void affine(
    void *restrict destination, dmpi_element to, int64_t destination_stride,
    const void *restrict source, dmpi_element from, const float *restrict a,
    const float *restrict b, int activates, int64_t pixels, int64_t channels) {
  for (int64_t p = 0; p < pixels; p++) {
    const void *x = at(source, from, p * channels);
    void *y = at_mutable(destination, to, p * destination_stride);
    int64_t c = 0;
    for (; c + LANES <= channels; c += LANES) {
      lanes result;
      activated_lanes(&result, at(x, from, c), from, a + c, b + c, activates, to);
      store_lanes(at_mutable(y, to, c), to, &result);
    }
    for (; c < channels; c++)
      store(y, to, c, activated(load(x, from, c) * a[c] + b[c], activates));
  }
}

CLONES void dmpi_affine(
    void *destination, dmpi_element to, int64_t destination_stride, const void *source,
    dmpi_element from, const float *a, const float *b, int activates, int64_t pixels,
    int64_t channels) {
#define CALL(FROM, TO)                                                                        \
  do {                                                                                        \
    if (activates)                                                                            \
      affine(destination, TO, destination_stride, source, FROM, a, b, 1, pixels, channels);   \
    else                                                                                      \
      affine(destination, TO, destination_stride, source, FROM, a, b, 0, pixels, channels);   \
  } while (0)
  FOR_BOTH_TYPES(from, to, CALL);
#undef CALL
}

INLINE void affine_downsample(
    void *restrict destination, dmpi_element to, int64_t destination_stride,
    const void *restrict source, dmpi_element from, const float *restrict a,
    const float *restrict b, int activates, int64_t source_width, int64_t channels) {
  for (int64_t p = 0; p < source_width / 2; p++) {
    const void *top = at(source, from, 2 * p * channels);
    const void *bottom = at(source, from, (source_width + 2 * p) * channels);
    void *y = at_mutable(destination, to, p * destination_stride);
    int64_t c = 0;
    for (; c + LANES <= channels; c += LANES) {
      lanes of_four[4];
#pragma clang loop unroll(full)
      for (int i = 0; i < 4; i++) {
        const void *row = i < 2 ? top : bottom;
        const void *pixel = at(row, from, i % 2 * channels + c);
        activated_lanes(&of_four[i], pixel, from, a + c, b + c, activates, to);
      }
      const lanes mean = 0.25f * (of_four[0] + of_four[1] + of_four[2] + of_four[3]);
      store_lanes(at_mutable(y, to, c), to, &mean);
    }
    for (; c < channels; c++) {
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

// The slope of SiLU at every lane, for a result of type `to`.
INLINE void silu_slope(lanes *value, dmpi_element to) {
  lanes x = *value;
  at_least(&x, -80.0f);
  lanes s = x;
  sigmoid_lanes(&s, to);
  *value = s * (1.0f + x * (1.0f - s));
}

INLINE void affine_backward_sums(
    float *restrict sums, void *restrict dz, const void *gradient, const void *source,
    dmpi_element type, const float *a, const float *b, const float *r, const float *m,
    int activates, int halved, int64_t width, int64_t channels) {
  for (int64_t c = 0; c < channels; c += LANES) {
    lanes sum, product_sum, va, vb, vr, vm;
    load_lanes(&sum, sums + c, DMPI_ELEMENT_F32);
    load_lanes(&product_sum, sums + channels + c, DMPI_ELEMENT_F32);
    load_lanes(&va, a + c, DMPI_ELEMENT_F32);
    load_lanes(&vb, b + c, DMPI_ELEMENT_F32);
    load_lanes(&vr, r + c, DMPI_ELEMENT_F32);
    load_lanes(&vm, m + c, DMPI_ELEMENT_F32);
    for (int64_t p = 0; p < width; p++) {
      lanes g, x;
      load_lanes(&g, at(gradient, type, (halved ? p / 2 : p) * channels + c), type);
      load_lanes(&x, at(source, type, p * channels + c), type);
      if (halved) g *= 0.25f;
      if (activates) {
        lanes slope = x * va + vb;
        silu_slope(&slope, type);
        g *= slope;
      }
      sum += g;
      product_sum += g * (x * vr + vm);
      store_lanes(at_mutable(dz, type, p * channels + c), type, &g);
    }
    store_lanes(sums + c, DMPI_ELEMENT_F32, &sum);
    store_lanes(sums + channels + c, DMPI_ELEMENT_F32, &product_sum);
  }
}

CLONES void dmpi_affine_backward_sums(
    float *sums, void *dz, const void *gradient, const void *source, dmpi_element type,
    const float *a, const float *b, const float *r, const float *m, int activates, int halved,
    int64_t width, int64_t channels) {
#define CALL(TYPE, ACTIVATES) \
  affine_backward_sums(       \
      sums, dz, gradient, source, TYPE, a, b, r, m, ACTIVATES, halved, width, channels)
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
    void *dz, const void *source, dmpi_element type, const void *added, const float *A,
    const float *B, const float *D, int64_t width, int64_t channels) {
  for (int64_t p = 0; p < width; p++)
    for (int64_t c = 0; c < channels; c += LANES) {
      const int64_t i = p * channels + c;
      lanes dx, x, va, vb, vd;
      load_lanes(&dx, at(dz, type, i), type);
      load_lanes(&x, at(source, type, i), type);
      load_lanes(&va, A + c, DMPI_ELEMENT_F32);
      load_lanes(&vb, B + c, DMPI_ELEMENT_F32);
      load_lanes(&vd, D + c, DMPI_ELEMENT_F32);
      dx = dx * va + x * vb + vd;
      if (added) {
        lanes more;
        load_lanes(&more, at(added, type, i), type);
        dx += more;
      }
      store_lanes(at_mutable(dz, type, i), type, &dx);
    }
}

CLONES void dmpi_affine_backward(
    void *dz, const void *source, dmpi_element type, const void *added, const float *A,
    const float *B, const float *D, int64_t width, int64_t channels) {
  if (type == DMPI_ELEMENT_BF16)
    affine_backward(dz, source, DMPI_ELEMENT_BF16, added, A, B, D, width, channels);
  else
    affine_backward(dz, source, DMPI_ELEMENT_F32, added, A, B, D, width, channels);
}

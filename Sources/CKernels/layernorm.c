#include "elements.h"

// The sum of all lanes, by halves.
INLINE float lanes_sum(const lanes *sums) {
  float parts[LANES];
  memcpy(parts, sums, sizeof parts);
#pragma clang loop unroll(full)
  for (int half = LANES / 2; half > 0; half /= 2)
#pragma clang loop unroll(full)
    for (int lane = 0; lane < half; lane++) parts[lane] += parts[lane + half];
  return parts[0];
}

// Σ (x − center)^power of a row. There are 64 partial sums, so that the additions do not wait for each
// other, and their order does not depend on the instruction set.
INLINE float power_sum(
    const void *row, dmpi_element type, float center, int power, int64_t channels) {
  enum { CHAINS = 4 };
  lanes sums[CHAINS] = {{0}};
  int64_t c = 0;
  for (; c + CHAINS * LANES <= channels; c += CHAINS * LANES)
#pragma clang loop unroll(full)
    for (int i = 0; i < CHAINS; i++) {
      lanes x;
      load_lanes(&x, at(row, type, c + i * LANES), type);
      x -= center;
      sums[i] += power == 2 ? x * x : x;
    }
  for (; c + LANES <= channels; c += LANES) {
    lanes x;
    load_lanes(&x, at(row, type, c), type);
    x -= center;
    sums[0] += power == 2 ? x * x : x;
  }
  float sum = 0;
  for (; c < channels; c++) {
    const float x = load(row, type, c) - center;
    sum += power == 2 ? x * x : x;
  }
  const lanes all = (sums[0] + sums[1]) + (sums[2] + sums[3]);
  return sum + lanes_sum(&all);
}

INLINE void layer_norm(
    void *destination, dmpi_element to, const void *source, dmpi_element from, const float *a,
    const float *b, float epsilon, int centers, int64_t pixels, int64_t channels) {
  for (int64_t p = 0; p < pixels; p++) {
    const void *x = at(source, from, p * channels);
    void *y = at_mutable(destination, to, p * channels);
    const float mean = centers ? power_sum(x, from, 0, 1, channels) / (float)channels : 0;
    const float variance = power_sum(x, from, mean, 2, channels) / (float)channels;
    const float reciprocal = 1.0f / sqrtf(variance + epsilon);
    int64_t c = 0;
    for (; c + LANES <= channels; c += LANES) {
      lanes value, scale, shift;
      load_lanes(&value, at(x, from, c), from);
      load_lanes(&scale, a + c, DMPI_ELEMENT_F32);
      load_lanes(&shift, b + c, DMPI_ELEMENT_F32);
      value = (value - mean) * reciprocal * scale + shift;
      store_lanes(at_mutable(y, to, c), to, &value);
    }
    for (; c < channels; c++)
      store(y, to, c, (load(x, from, c) - mean) * reciprocal * a[c] + b[c]);
  }
}

CLONES void dmpi_layer_norm(
    void *destination, dmpi_element to, const void *source, dmpi_element from, const float *a,
    const float *b, float epsilon, int centers, int64_t pixels, int64_t channels) {
#define CALL(FROM, TO) \
  layer_norm(destination, TO, source, FROM, a, b, epsilon, centers, pixels, channels)
  FOR_BOTH_TYPES(from, to, CALL);
#undef CALL
}

CLONES void dmpi_modulate(
    float *a, float *b, const float *gamma, const float *beta, const float *scale,
    const float *shift, int64_t channels) {
  for (int64_t c = 0; c < channels; c++) {
    const float factor = scale ? 1.0f + scale[c] : 1.0f;
    a[c] = gamma ? gamma[c] * factor : factor;
    b[c] = (beta ? beta[c] * factor : 0) + (shift ? shift[c] : 0);
  }
}

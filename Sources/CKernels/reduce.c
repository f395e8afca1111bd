#include "elements.h"

INLINE void pixel_mean(
    float *restrict mean, const void *source, dmpi_element type, int64_t pixels,
    int64_t channels) {
  memset(mean, 0, (size_t)channels * sizeof *mean);
  for (int64_t p = 0; p < pixels; p++) {
    const void *x = at(source, type, p * channels);
    for (int64_t c = 0; c < channels; c++) mean[c] += load(x, type, c);
  }
  for (int64_t c = 0; c < channels; c++) mean[c] /= (float)pixels;
}

CLONES void dmpi_pixel_mean(
    float *mean, const void *source, dmpi_element type, int64_t pixels, int64_t channels) {
  if (type == DMPI_ELEMENT_BF16)
    pixel_mean(mean, source, DMPI_ELEMENT_BF16, pixels, channels);
  else
    pixel_mean(mean, source, DMPI_ELEMENT_F32, pixels, channels);
}

INLINE void broadcast_add(
    void *destination, dmpi_element type, const void *base, const float *vector, float scale,
    int64_t pixels, int64_t channels) {
  for (int64_t p = 0; p < pixels; p++) {
    void *y = at_mutable(destination, type, p * channels);
    const void *x = base ? at(base, type, p * channels) : NULL;
    int64_t c = 0;
    for (; c + LANES <= channels; c += LANES) {
      lanes sum = {0}, more;
      if (x) load_lanes(&sum, at(x, type, c), type);
      load_lanes(&more, vector + c, DMPI_ELEMENT_F32);
      sum += more * scale;
      store_lanes(at_mutable(y, type, c), type, &sum);
    }
    for (; c < channels; c++)
      store(y, type, c, (x ? load(x, type, c) : 0) + vector[c] * scale);
  }
}

CLONES void dmpi_broadcast_add(
    void *destination, dmpi_element type, const void *base, const float *vector, float scale,
    int64_t pixels, int64_t channels) {
  if (type == DMPI_ELEMENT_BF16)
    broadcast_add(destination, DMPI_ELEMENT_BF16, base, vector, scale, pixels, channels);
  else
    broadcast_add(destination, DMPI_ELEMENT_F32, base, vector, scale, pixels, channels);
}

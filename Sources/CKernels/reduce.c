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
  for (int64_t p = 0; p < pixels; p++)
    for (int64_t c = 0; c < channels; c++) {
      const int64_t i = p * channels + c;
      store(destination, type, i, (base ? load(base, type, i) : 0) + vector[c] * scale);
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

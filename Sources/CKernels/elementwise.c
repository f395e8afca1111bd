#include "elements.h"

CLONES void dmpi_convert(
    void *destination, dmpi_element to, const void *source, dmpi_element from, int64_t count) {
  if (to == from)
    memcpy(destination, source, (size_t)(count * bytes(to)));
  else if (to == DMPI_ELEMENT_BF16)
    for (int64_t i = 0; i < count; i++)
      store(destination, DMPI_ELEMENT_BF16, i, load(source, DMPI_ELEMENT_F32, i));
  else
    for (int64_t i = 0; i < count; i++)
      store(destination, DMPI_ELEMENT_F32, i, load(source, DMPI_ELEMENT_BF16, i));
}

CLONES void dmpi_silu(float *destination, const float *source, int64_t count) {
  for (int64_t i = 0; i < count; i++) destination[i] = silu(source[i]);
}

void dmpi_planes_to_pixels(
    float *destination, const float *source, int64_t channels, int64_t pixels) {
  for (int64_t c = 0; c < channels; c++)
    for (int64_t p = 0; p < pixels; p++)
      destination[p * channels + c] = source[c * pixels + p];
}

void dmpi_pixels_to_planes(
    float *destination, const float *source, int64_t channels, int64_t pixels, float scale) {
  for (int64_t c = 0; c < channels; c++)
    for (int64_t p = 0; p < pixels; p++)
      destination[c * pixels + p] = source[p * channels + c] * scale;
}

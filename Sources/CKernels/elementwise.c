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

INLINE void patches_to_planes(
    float *destination, const void *source, dmpi_element from, int64_t rows, int64_t columns,
    int64_t size, int64_t channels) {
  const int64_t width = columns * size, area = rows * size * width;
  for (int64_t y = 0; y < rows * size; y++)
    for (int64_t x = 0; x < width; x++) {
      const int64_t patch = y / size * columns + x / size;
      const int64_t pixel = (patch * size + y % size) * size + x % size;
      for (int64_t c = 0; c < channels; c++)
        destination[c * area + y * width + x] = load(source, from, pixel * channels + c);
    }
}

void dmpi_patches_to_planes(
    float *destination, const void *source, dmpi_element from, int64_t rows, int64_t columns,
    int64_t size, int64_t channels) {
  if (from == DMPI_ELEMENT_BF16)
    patches_to_planes(destination, source, DMPI_ELEMENT_BF16, rows, columns, size, channels);
  else
    patches_to_planes(destination, source, DMPI_ELEMENT_F32, rows, columns, size, channels);
}

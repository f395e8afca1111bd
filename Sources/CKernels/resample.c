#include "elements.h"

INLINE void upsample(
    void *destination, const void *source, dmpi_element type, int64_t width, int64_t channels,
    float scale, int64_t first, int64_t last) {
  const int64_t wide = 2 * width;
  for (int64_t y = first; y < last; y++)
    for (int64_t x = 0; x < width; x++) {
      const void *from = at(source, type, (y * width + x) * channels);
      for (int64_t copy = 0; copy < 4; copy++) {
        const int64_t pixel = (2 * y + copy / 2) * wide + 2 * x + copy % 2;
        void *to = at_mutable(destination, type, pixel * channels);
        for (int64_t c = 0; c < channels; c++) store(to, type, c, load(from, type, c) * scale);
      }
    }
}

CLONES void dmpi_upsample(
    void *destination, const void *source, dmpi_element type, int64_t width, int64_t channels,
    float scale, int64_t first, int64_t last) {
  if (type == DMPI_ELEMENT_BF16)
    upsample(destination, source, DMPI_ELEMENT_BF16, width, channels, scale, first, last);
  else
    upsample(destination, source, DMPI_ELEMENT_F32, width, channels, scale, first, last);
}

INLINE void downsample(
    void *destination, const void *source, dmpi_element type, int64_t width, int64_t channels,
    int64_t first, int64_t last) {
  const int64_t half = width / 2;
  for (int64_t y = first; y < last; y++)
    for (int64_t x = 0; x < half; x++) {
      const void *top = at(source, type, (2 * y * width + 2 * x) * channels);
      const void *bottom = at(source, type, ((2 * y + 1) * width + 2 * x) * channels);
      void *to = at_mutable(destination, type, (y * half + x) * channels);
      for (int64_t c = 0; c < channels; c++)
        store(
            to, type, c,
            0.25f * (load(top, type, c) + load(top, type, channels + c) + load(bottom, type, c) +
                     load(bottom, type, channels + c)));
    }
}

CLONES void dmpi_downsample(
    void *destination, const void *source, dmpi_element type, int64_t width, int64_t channels,
    int64_t first, int64_t last) {
  if (type == DMPI_ELEMENT_BF16)
    downsample(destination, source, DMPI_ELEMENT_BF16, width, channels, first, last);
  else
    downsample(destination, source, DMPI_ELEMENT_F32, width, channels, first, last);
}

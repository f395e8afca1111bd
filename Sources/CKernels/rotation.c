// The rotation of a token's queries and keys.
#include "elements.h"

INLINE void rotate(
    void *destination, dmpi_element type, const void *source, const float *cosines,
    const float *sines, int64_t width, int64_t rotated, int64_t channels) {
  for (int64_t head = 0; head < rotated; head += width) {
    int64_t i = 0;
    for (; i + LANES <= width; i += LANES) {
      lanes x, cosine, sine;
      load_lanes(&x, at(source, type, head + i), type);
      load_lanes(&cosine, cosines + i, DMPI_ELEMENT_F32);
      load_lanes(&sine, sines + i, DMPI_ELEMENT_F32);
      const lanes signs = {-1, 1, -1, 1, -1, 1, -1, 1, -1, 1, -1, 1, -1, 1, -1, 1};
      const lanes turned = __builtin_shufflevector(
          x, x, 1, 0, 3, 2, 5, 4, 7, 6, 9, 8, 11, 10, 13, 12, 15, 14);
      x = x * cosine + turned * (signs * sine);
      store_lanes(at_mutable(destination, type, head + i), type, &x);
    }
    for (; i < width; i += 2) {
      const float a = load(source, type, head + i), b = load(source, type, head + i + 1);
      store(destination, type, head + i, a * cosines[i] - b * sines[i]);
      store(destination, type, head + i + 1, b * cosines[i + 1] + a * sines[i + 1]);
    }
  }
  if (destination != source)
    memcpy(at_mutable(destination, type, rotated), at(source, type, rotated),
           (size_t)((channels - rotated) * bytes(type)));
}

CLONES void dmpi_rotate(
    void *destination, dmpi_element type, const void *source, const float *cosines,
    const float *sines, int64_t width, int64_t rotated, int64_t channels) {
  if (type == DMPI_ELEMENT_BF16)
    rotate(destination, DMPI_ELEMENT_BF16, source, cosines, sines, width, rotated, channels);
  else
    rotate(destination, DMPI_ELEMENT_F32, source, cosines, sines, width, rotated, channels);
}

#include "elements.h"

// The squared distances are sums of squared differences, not |x|² + |e|² − 2·x·e, which would cancel.
// Sixteen codes are compared at a time: lane i finds the nearest of the codes i, 16 + i, …
CLONES void dmpi_nearest_codes(
    float *destination, const float *source, const float *blocks, int64_t codes, int64_t pixels,
    int64_t channels) {
  for (int64_t p = 0; p < pixels; p++) {
    const float *x = source + p * channels;
    float *y = destination + p * channels;
    lanes least = INFINITY - (lanes){0};
    bit_lanes best = {0};
    for (int64_t block = 0; block * LANES < codes; block++) {
      lanes distance = {0};
      for (int64_t c = 0; c < channels; c++) {
        lanes d;
        load_lanes(&d, blocks + (block * channels + c) * LANES, DMPI_ELEMENT_F32);
        d -= x[c];
        distance += d * d;
      }
      const bit_lanes is_less = (bit_lanes)(distance < least);
      least = (lanes)((is_less & (bit_lanes)distance) | (~is_less & (bit_lanes)least));
      best = (is_less & (uint32_t)block) | (~is_less & best);
    }
    int nearest = -1;
    for (int lane = 0; lane < LANES; lane++) {
      if (least[lane] == INFINITY) continue;
      if (nearest < 0 || least[lane] < least[nearest] ||
          (least[lane] == least[nearest] && best[lane] < best[nearest]))
        nearest = lane;
    }
    for (int64_t c = 0; c < channels; c++)
      y[c] = nearest < 0 ? x[c] : blocks[(best[nearest] * channels + c) * LANES + nearest];
  }
}

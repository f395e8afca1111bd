#include "elements.h"

INLINE void gated_sum(
    void *destination, dmpi_element type, const void *residual, const void *source,
    dmpi_element from, const float *gate, int64_t pixels, int64_t channels) {
  for (int64_t p = 0; p < pixels; p++) {
    const void *r = at(residual, type, p * channels), *x = at(source, from, p * channels);
    void *y = at_mutable(destination, type, p * channels);
    int64_t c = 0;
    for (; c + LANES <= channels; c += LANES) {
      lanes sum, value, factor;
      load_lanes(&sum, at(r, type, c), type);
      load_lanes(&value, at(x, from, c), from);
      load_lanes(&factor, gate + c, DMPI_ELEMENT_F32);
      sum += factor * value;
      store_lanes(at_mutable(y, type, c), type, &sum);
    }
    for (; c < channels; c++)
      store(y, type, c, load(r, type, c) + gate[c] * load(x, from, c));
  }
}

CLONES void dmpi_gated_sum(
    void *destination, dmpi_element type, const void *residual, const void *source,
    dmpi_element from, const float *gate, int64_t pixels, int64_t channels) {
#define CALL(FROM, TO) gated_sum(destination, TO, residual, source, FROM, gate, pixels, channels)
  FOR_BOTH_TYPES(from, type, CALL);
#undef CALL
}

INLINE void add(
    void *destination, dmpi_element type, const void *source, const float *table,
    int64_t count) {
  int64_t i = 0;
  for (; i + LANES <= count; i += LANES) {
    lanes sum, more;
    load_lanes(&sum, at(source, type, i), type);
    load_lanes(&more, table + i, DMPI_ELEMENT_F32);
    sum += more;
    store_lanes(at_mutable(destination, type, i), type, &sum);
  }
  for (; i < count; i++) store(destination, type, i, load(source, type, i) + table[i]);
}

CLONES void dmpi_add(
    void *destination, dmpi_element type, const void *source, const float *table,
    int64_t count) {
  if (type == DMPI_ELEMENT_BF16)
    add(destination, DMPI_ELEMENT_BF16, source, table, count);
  else
    add(destination, DMPI_ELEMENT_F32, source, table, count);
}

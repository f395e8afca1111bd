#include "elements.h"

INLINE void keep_larger(lanes *value, const lanes *other) {
  const bit_lanes is_larger = (bit_lanes)(*other > *value);
  *value = (lanes)((is_larger & (bit_lanes)*other) | (~is_larger & (bit_lanes)*value));
}

// Four chains of comparisons, which do not wait for each other, and then halves.
INLINE float row_maximum(const float *row, int64_t columns) {
  enum { CHAINS = 4 };
  lanes largest[CHAINS], other;
  for (int k = 0; k < CHAINS; k++) largest[k] = row[0] - (lanes){0};
  int64_t i = 0;
  for (; i + CHAINS * LANES <= columns; i += CHAINS * LANES)
#pragma clang loop unroll(full)
    for (int k = 0; k < CHAINS; k++) {
      load_lanes(&other, row + i + k * LANES, DMPI_ELEMENT_F32);
      keep_larger(&largest[k], &other);
    }
  for (; i + LANES <= columns; i += LANES) {
    load_lanes(&other, row + i, DMPI_ELEMENT_F32);
    keep_larger(&largest[0], &other);
  }
  for (int k = 1; k < CHAINS; k++) keep_larger(&largest[0], &largest[k]);
  float parts[LANES];
  memcpy(parts, &largest[0], sizeof parts);
  for (; i < columns; i++) parts[0] = row[i] > parts[0] ? row[i] : parts[0];
#pragma clang loop unroll(full)
  for (int half = LANES / 2; half > 0; half /= 2)
#pragma clang loop unroll(full)
    for (int lane = 0; lane < half; lane++)
      parts[lane] = parts[lane + half] > parts[lane] ? parts[lane + half] : parts[lane];
  return parts[0];
}

INLINE void softmax(
    void *destination, dmpi_element to, float *reciprocals, const float *scores, float scale,
    int64_t rows, int64_t columns) {
  for (int64_t r = 0; r < rows; r++) {
    const float *s = scores + r * columns;
    void *p = at_mutable(destination, to, r * columns);
    const float maximum = row_maximum(s, columns);

    const float base_2 = scale * 1.44269504f;
    // Sixteen partial sums, so that the order of additions does not depend on the instruction set.
    lanes sums = {0};
    int64_t i = 0;
    for (; i + LANES <= columns; i += LANES) {
      lanes e;
      load_lanes(&e, s + i, DMPI_ELEMENT_F32);
      if (to == DMPI_ELEMENT_BF16) {
        e = e * base_2 - maximum * base_2;
        short_power_lanes(&e);
      } else {
        e = (e - maximum) * scale;
        exponential_lanes(&e);
      }
      store_lanes(at_mutable(p, to, i), to, &e);
      sums += e;
    }
    float sum = 0;
    for (; i < columns; i++) {
      const float e = exponential(scale * (s[i] - maximum));
      store(p, to, i, e);
      sum += e;
    }
    for (int lane = 0; lane < LANES; lane++) sum += sums[lane];
    reciprocals[r] = 1.0f / sum;
  }
}

CLONES void dmpi_softmax(
    void *destination, dmpi_element to, float *reciprocals, const float *scores, float scale,
    int64_t rows, int64_t columns) {
  if (to == DMPI_ELEMENT_BF16)
    softmax(destination, DMPI_ELEMENT_BF16, reciprocals, scores, scale, rows, columns);
  else
    softmax(destination, DMPI_ELEMENT_F32, reciprocals, scores, scale, rows, columns);
}

INLINE void softmax_backward(
    void *destination, dmpi_element type, const void *exponentials, const float *reciprocals,
    const float *gradient, float scale, int64_t rows, int64_t columns) {
  for (int64_t r = 0; r < rows; r++) {
    const float *g = gradient + r * columns;
    const void *e = at(exponentials, type, r * columns);
    void *d = at_mutable(destination, type, r * columns);
    lanes sums = {0};
    int64_t i = 0;
    for (; i + LANES <= columns; i += LANES) {
      lanes a, b;
      load_lanes(&a, at(e, type, i), type);
      load_lanes(&b, g + i, DMPI_ELEMENT_F32);
      sums += a * b;
    }
    float sum = 0;
    for (; i < columns; i++) sum += load(e, type, i) * g[i];
    for (int lane = 0; lane < LANES; lane++) sum += sums[lane];
    const float mean = sum * reciprocals[r], factor = scale * reciprocals[r];
    for (i = 0; i + LANES <= columns; i += LANES) {
      lanes a, b;
      load_lanes(&a, at(e, type, i), type);
      load_lanes(&b, g + i, DMPI_ELEMENT_F32);
      a *= (b - mean) * factor;
      store_lanes(at_mutable(d, type, i), type, &a);
    }
    for (; i < columns; i++) store(d, type, i, load(e, type, i) * (g[i] - mean) * factor);
  }
}

CLONES void dmpi_softmax_backward(
    void *destination, dmpi_element type, const void *exponentials, const float *reciprocals,
    const float *gradient, float scale, int64_t rows, int64_t columns) {
  if (type == DMPI_ELEMENT_BF16)
    softmax_backward(
        destination, DMPI_ELEMENT_BF16, exponentials, reciprocals, gradient, scale, rows, columns);
  else
    softmax_backward(
        destination, DMPI_ELEMENT_F32, exponentials, reciprocals, gradient, scale, rows, columns);
}

void dmpi_gather_rows(
    void *destination, const void *source, dmpi_element type, int64_t pitch, int64_t rows,
    int64_t columns) {
  dmpi_gather_padded(destination, columns, source, type, pitch, rows, columns);
}

void dmpi_gather_padded(
    void *destination, int64_t destination_pitch, const void *source, dmpi_element type,
    int64_t pitch, int64_t rows, int64_t columns) {
  const size_t copied = (size_t)(columns * bytes(type));
  const size_t cleared = (size_t)((destination_pitch - columns) * bytes(type));
  for (int64_t r = 0; r < rows; r++) {
    void *row = at_mutable(destination, type, r * destination_pitch);
    memcpy(row, at(source, type, r * pitch), copied);
    memset((char *)row + copied, 0, cleared);
  }
}

// to[c·to_pitch + r] = from[r·from_pitch + c]·factors[r], 16×16 at a time.
INLINE void transpose(
    void *destination, dmpi_element to, int64_t to_pitch, const void *source, dmpi_element from,
    int64_t from_pitch, const float *factors, int64_t rows, int64_t columns) {
  const int64_t whole_rows = rows / LANES * LANES, whole_columns = columns / LANES * LANES;
  for (int64_t r = 0; r < whole_rows; r += LANES)
    for (int64_t c = 0; c < whole_columns; c += LANES) {
      lanes block[LANES];
      for (int i = 0; i < LANES; i++) {
        load_lanes(&block[i], at(source, from, (r + i) * from_pitch + c), from);
        if (factors) block[i] *= factors[r + i];
      }
      transpose_lanes(block);
      for (int i = 0; i < LANES; i++)
        store_lanes(at_mutable(destination, to, (c + i) * to_pitch + r), to, &block[i]);
    }
  for (int64_t r = 0; r < rows; r++)
    for (int64_t c = r < whole_rows ? whole_columns : 0; c < columns; c++)
      store(
          destination, to, c * to_pitch + r,
          load(source, from, r * from_pitch + c) * (factors ? factors[r] : 1.0f));
}

CLONES void dmpi_gather_transposed(
    void *destination, const void *source, dmpi_element type, int64_t pitch,
    const float *factors, int64_t rows, int64_t columns) {
  if (type == DMPI_ELEMENT_BF16)
    transpose(
        destination, DMPI_ELEMENT_BF16, rows, source, DMPI_ELEMENT_BF16, pitch, factors, rows,
        columns);
  else
    transpose(
        destination, DMPI_ELEMENT_F32, rows, source, DMPI_ELEMENT_F32, pitch, factors, rows,
        columns);
}

INLINE void scatter_rows(
    void *destination, dmpi_element to, int64_t pitch, const float *source,
    const float *factors, int64_t rows, int64_t columns) {
  for (int64_t r = 0; r < rows; r++) {
    const float factor = factors ? factors[r] : 1.0f;
    for (int64_t c = 0; c < columns; c++)
      store(destination, to, r * pitch + c, source[r * columns + c] * factor);
  }
}

CLONES void dmpi_scatter_rows(
    void *destination, dmpi_element to, int64_t pitch, const float *source,
    const float *factors, int64_t rows, int64_t columns) {
  if (to == DMPI_ELEMENT_BF16)
    scatter_rows(destination, DMPI_ELEMENT_BF16, pitch, source, factors, rows, columns);
  else
    scatter_rows(destination, DMPI_ELEMENT_F32, pitch, source, factors, rows, columns);
}

CLONES void dmpi_scatter_transposed(
    void *destination, dmpi_element to, int64_t pitch, const float *source, int64_t rows,
    int64_t columns) {
  if (to == DMPI_ELEMENT_BF16)
    transpose(
        destination, DMPI_ELEMENT_BF16, pitch, source, DMPI_ELEMENT_F32, rows, NULL, columns, rows);
  else
    transpose(
        destination, DMPI_ELEMENT_F32, pitch, source, DMPI_ELEMENT_F32, rows, NULL, columns, rows);
}

#include "elements.h"

INLINE void softmax(
    void *destination, dmpi_element to, float *reciprocals, const float *scores, float scale,
    int64_t rows, int64_t columns) {
  for (int64_t r = 0; r < rows; r++) {
    const float *s = scores + r * columns;
    void *p = at_mutable(destination, to, r * columns);
    float largest[16];
    for (int lane = 0; lane < 16; lane++) largest[lane] = s[0];
    int64_t i = 0;
    for (; i + 16 <= columns; i += 16)
      for (int lane = 0; lane < 16; lane++)
        largest[lane] = s[i + lane] > largest[lane] ? s[i + lane] : largest[lane];
    for (; i < columns; i++) largest[0] = s[i] > largest[0] ? s[i] : largest[0];
    float maximum = largest[0];
    for (int lane = 1; lane < 16; lane++)
      maximum = largest[lane] > maximum ? largest[lane] : maximum;

    const float base_2 = scale * 1.44269504f;
    // Sixteen partial sums, so that the order of additions does not depend on the instruction set.
    lanes sums = {0};
    for (i = 0; i + LANES <= columns; i += LANES) {
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
  for (int64_t r = 0; r < rows; r++)
    memcpy(
        at_mutable(destination, type, r * columns), at(source, type, r * pitch),
        (size_t)(columns * bytes(type)));
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

#include "elements.h"

INLINE void softmax(
    void *destination, dmpi_element to, float *scores, float scale, int64_t rows,
    int64_t columns) {
  for (int64_t r = 0; r < rows; r++) {
    float *s = scores + r * columns;
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

    // Sixteen partial sums: the order of additions does not depend on the instruction set.
    float partial[16] = {0};
    for (i = 0; i + 16 <= columns; i += 16)
      for (int lane = 0; lane < 16; lane++) {
        s[i + lane] = exponential(scale * (s[i + lane] - maximum));
        partial[lane] += s[i + lane];
      }
    for (; i < columns; i++) {
      s[i] = exponential(scale * (s[i] - maximum));
      partial[0] += s[i];
    }
    float sum = 0;
    for (int lane = 0; lane < 16; lane++) sum += partial[lane];

    const float factor = 1.0f / sum;
    for (i = 0; i < columns; i++) store(p, to, i, s[i] * factor);
  }
}

CLONES void dmpi_softmax(
    void *destination, dmpi_element to, float *scores, float scale, int64_t rows,
    int64_t columns) {
  if (to == DMPI_ELEMENT_BF16)
    softmax(destination, DMPI_ELEMENT_BF16, scores, scale, rows, columns);
  else
    softmax(destination, DMPI_ELEMENT_F32, scores, scale, rows, columns);
}

INLINE void softmax_backward(
    void *probabilities, dmpi_element type, const float *gradient, float scale, int64_t rows,
    int64_t columns) {
  for (int64_t r = 0; r < rows; r++) {
    const float *g = gradient + r * columns;
    void *p = at_mutable(probabilities, type, r * columns);
    float partial[16] = {0};
    int64_t i = 0;
    for (; i + 16 <= columns; i += 16)
      for (int lane = 0; lane < 16; lane++) partial[lane] += load(p, type, i + lane) * g[i + lane];
    for (; i < columns; i++) partial[0] += load(p, type, i) * g[i];
    float sum = 0;
    for (int lane = 0; lane < 16; lane++) sum += partial[lane];
    for (i = 0; i < columns; i++)
      store(p, type, i, load(p, type, i) * (g[i] - sum) * scale);
  }
}

CLONES void dmpi_softmax_backward(
    void *probabilities, dmpi_element type, const float *gradient, float scale, int64_t rows,
    int64_t columns) {
  if (type == DMPI_ELEMENT_BF16)
    softmax_backward(probabilities, DMPI_ELEMENT_BF16, gradient, scale, rows, columns);
  else
    softmax_backward(probabilities, DMPI_ELEMENT_F32, gradient, scale, rows, columns);
}

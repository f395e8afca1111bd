#include "elements.h"

// Φ(−|x|) = exp(−x²/2)·t·P(t) with t = 1/(1 + q·|x|) and the best polynomial P (after Abramowitz and
// Stegun 7.1.26). For f32 q = 0.35, the degree of P is 8, and its relative error 3·10⁻⁸. For bf16 q
// = 0.25, and the degree is 4 with an error of 5·10⁻⁵.
#define NORMAL_TAIL(t)                              \
  ((((((((t * -0.0291259642f + 0.143872693f) * t -  \
         0.255505472f) * t + 0.158930287f) * t -    \
       0.0229377821f) * t + 0.105433188f) * t +     \
     0.119852379f) * t + 0.139859095f) * t +        \
   0.139621571f) * t
#define SHORT_NORMAL_TAIL(t)                                                       \
  ((((t * 0.241330728f - 0.10323472f) * t + 0.179843903f) * t + 0.0807142705f) * t + \
   0.101324245f) * t

// Below −20 the result is almost zero. Factors are clamped to finite numbers, so without this clamp a
// huge negative x would not give zero.
#define LEAST -20.0f

// √(8/π), so that x·sigmoid(this·(x + 0.044715·x³)) is gelu by tanh.
#define TANH_FACTOR 1.59576912f

INLINE float gelu(float x, int by_tanh) {
  x = x < LEAST ? LEAST : x;
  if (by_tanh) {
    const float u = TANH_FACTOR * (x + 0.044715f * x * x * x);
    return x / (1.0f + exponential(-u));
  }
  const float magnitude = fabsf(x);
  const float t = 1.0f / (1.0f + 0.35f * magnitude);
  const float tail = NORMAL_TAIL(t) * exponential(-0.5f * x * x);
  return x * (x < 0 ? tail : 1.0f - tail);
}

// gelu() of every lane, for a result of type `to`.
INLINE void gelu_lanes(lanes *value, int by_tanh, dmpi_element to) {
  at_least(value, LEAST);
  const lanes x = *value;
  if (by_tanh) {
    lanes u = TANH_FACTOR * (x + 0.044715f * x * x * x);
    at_least(&u, -80.0f);
    sigmoid_lanes(&u, to);
    *value = x * u;
    return;
  }
  const lanes magnitude = (lanes)((bit_lanes)x & 0x7fffffffu);
  lanes tail;
  if (to == DMPI_ELEMENT_BF16) {
    lanes t = 1.0f + 0.25f * magnitude;
    short_reciprocal_lanes(&t);
    lanes e = -0.721347520f * x * x;
    short_power_lanes(&e);
    tail = SHORT_NORMAL_TAIL(t) * e;
  } else {
    const lanes t = 1.0f / (1.0f + 0.35f * magnitude);
    lanes e = -0.5f * x * x;
    exponential_lanes(&e);
    tail = NORMAL_TAIL(t) * e;
  }
  const lanes other = 1.0f - tail;
  const bit_lanes is_negative = (bit_lanes)(x < 0.0f);
  *value = x * (lanes)((is_negative & (bit_lanes)tail) | (~is_negative & (bit_lanes)other));
}

INLINE void gelu_all(
    void *destination, const void *source, dmpi_element type, int by_tanh, int64_t count) {
  int64_t i = 0;
  for (; i + LANES <= count; i += LANES) {
    lanes x;
    load_lanes(&x, at(source, type, i), type);
    gelu_lanes(&x, by_tanh, type);
    store_lanes(at_mutable(destination, type, i), type, &x);
  }
  for (; i < count; i++) store(destination, type, i, gelu(load(source, type, i), by_tanh));
}

CLONES void dmpi_gelu(
    void *destination, const void *source, dmpi_element type, int by_tanh, int64_t count) {
  if (type == DMPI_ELEMENT_BF16) {
    if (by_tanh)
      gelu_all(destination, source, DMPI_ELEMENT_BF16, 1, count);
    else
      gelu_all(destination, source, DMPI_ELEMENT_BF16, 0, count);
  } else {
    if (by_tanh)
      gelu_all(destination, source, DMPI_ELEMENT_F32, 1, count);
    else
      gelu_all(destination, source, DMPI_ELEMENT_F32, 0, count);
  }
}

// a·gelu(b), or silu(a)·b.
INLINE void gated_unit(
    void *destination, const void *source, dmpi_element type, int by_silu, int64_t pixels,
    int64_t channels) {
  for (int64_t p = 0; p < pixels; p++) {
    const void *first = at(source, type, 2 * p * channels);
    const void *second = at(source, type, (2 * p + 1) * channels);
    void *y = at_mutable(destination, type, p * channels);
    int64_t c = 0;
    for (; c + LANES <= channels; c += LANES) {
      lanes a, b;
      load_lanes(&a, at(first, type, c), type);
      load_lanes(&b, at(second, type, c), type);
      if (by_silu)
        silu_lanes(&a, type);
      else
        gelu_lanes(&b, 0, type);
      a *= b;
      store_lanes(at_mutable(y, type, c), type, &a);
    }
    for (; c < channels; c++) {
      const float a = load(first, type, c), b = load(second, type, c);
      store(y, type, c, by_silu ? silu(a) * b : a * gelu(b, 0));
    }
  }
}

CLONES void dmpi_gated_unit(
    void *destination, const void *source, dmpi_element type, int by_silu, int64_t pixels,
    int64_t channels) {
  if (type == DMPI_ELEMENT_BF16) {
    if (by_silu)
      gated_unit(destination, source, DMPI_ELEMENT_BF16, 1, pixels, channels);
    else
      gated_unit(destination, source, DMPI_ELEMENT_BF16, 0, pixels, channels);
  } else {
    if (by_silu)
      gated_unit(destination, source, DMPI_ELEMENT_F32, 1, pixels, channels);
    else
      gated_unit(destination, source, DMPI_ELEMENT_F32, 0, pixels, channels);
  }
}

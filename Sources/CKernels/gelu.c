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

// gelu by tanh is x·sigmoid(x·(a + b·x²)) with a = √(8/π) and b = 0.044715·a.
#define TANH_A 1.59576912f
#define TANH_B 0.0713548163f
// Below this the result is almost zero. The exponential is clamped to a finite number, so without this
// clamp a huge negative x would not give zero.
#define TANH_LEAST -9.8f

INLINE float gelu(float x, int by_tanh) {
  if (by_tanh) {
    x = x < TANH_LEAST ? TANH_LEAST : x;
    return x / (1.0f + exponential(-x * (TANH_A + TANH_B * x * x)));
  }
  const float magnitude = fabsf(x);
  const float t = 1.0f / (1.0f + 0.35f * magnitude);
  const float tail = NORMAL_TAIL(t) * exponential(-0.5f * x * x);
  return (x > 0 ? x : 0) - magnitude * tail;
}

INLINE void gelu_by_tanh_lanes(lanes *value, dmpi_element to) {
  at_least(value, TANH_LEAST);
  const lanes x = *value;
  lanes s = x * (TANH_A + TANH_B * (x * x));
  if (to == DMPI_ELEMENT_BF16) {
    sigmoid_lanes(&s, to);
    *value *= s;
  } else {
    s = -s;
    exponential_lanes(&s);
    *value /= 1.0f + s;
  }
}

INLINE void gelu_by_erf_lanes(lanes *value, dmpi_element to) {
  const lanes x = *value, magnitude = (lanes)((bit_lanes)x & 0x7fffffffu);
  lanes tail;
  if (to == DMPI_ELEMENT_BF16) {
    lanes t = 1.0f + 0.25f * magnitude, e = -0.721347520f * (x * x);
    short_reciprocal_lanes(&t);
    short_power_lanes(&e);
    tail = SHORT_NORMAL_TAIL(t) * e;
  } else {
    const lanes t = 1.0f / (1.0f + 0.35f * magnitude);
    lanes e = -0.5f * (x * x);
    exponential_lanes(&e);
    tail = NORMAL_TAIL(t) * e;
  }
  at_least(value, 0);
  *value -= magnitude * tail;
}

// gelu() of every lane, for a result of type `to`.
INLINE void gelu_lanes(lanes *value, int by_tanh, dmpi_element to) {
  if (by_tanh)
    gelu_by_tanh_lanes(value, to);
  else
    gelu_by_erf_lanes(value, to);
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

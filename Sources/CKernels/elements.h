// Loads, stores and the exponential, from which all kernels are built.
#pragma once
#include <math.h>
#include <stdint.h>
#include <string.h>

#include "CKernels.h"

#define INLINE static inline __attribute__((always_inline))
// One binary for every x86-64. The loader chooses the clone by the features of the processor. The
// clones are therefore named by level: an arch=<processor> clone is chosen on that model only.
#define CLONES __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))

INLINE float bits_to_float(uint32_t bits) {
  float value;
  memcpy(&value, &bits, sizeof value);
  return value;
}

INLINE uint32_t float_to_bits(float value) {
  uint32_t bits;
  memcpy(&bits, &value, sizeof bits);
  return bits;
}

INLINE float load(const void *base, dmpi_element type, int64_t i) {
  return type == DMPI_ELEMENT_BF16 ? bits_to_float((uint32_t)((const uint16_t *)base)[i] << 16)
                                   : ((const float *)base)[i];
}

// bf16 is rounded to nearest even. NaN stays NaN.
INLINE void store(void *base, dmpi_element type, int64_t i, float value) {
  if (type == DMPI_ELEMENT_BF16) {
    const uint32_t bits = float_to_bits(value);
    const uint32_t rounded = (bits + 0x7fffu + ((bits >> 16) & 1u)) >> 16;
    ((uint16_t *)base)[i] = (uint16_t)(value == value ? rounded : 0x7fc0u);
  } else {
    ((float *)base)[i] = value;
  }
}

INLINE int64_t bytes(dmpi_element type) { return type == DMPI_ELEMENT_BF16 ? 2 : 4; }

INLINE const void *at(const void *base, dmpi_element type, int64_t i) {
  return (const char *)base + i * bytes(type);
}

INLINE void *at_mutable(void *base, dmpi_element type, int64_t i) {
  return (char *)base + i * bytes(type);
}

// Calls f(..., from, to, ...) with both element types as constants, so that each pair is compiled
// to its own loop.
#define FOR_BOTH_TYPES(from, to, CALL)                                   \
  do {                                                                   \
    if ((from) == DMPI_ELEMENT_BF16) {                                   \
      if ((to) == DMPI_ELEMENT_BF16)                                     \
        CALL(DMPI_ELEMENT_BF16, DMPI_ELEMENT_BF16);                      \
      else                                                               \
        CALL(DMPI_ELEMENT_BF16, DMPI_ELEMENT_F32);                       \
    } else {                                                             \
      if ((to) == DMPI_ELEMENT_BF16)                                     \
        CALL(DMPI_ELEMENT_F32, DMPI_ELEMENT_BF16);                       \
      else                                                               \
        CALL(DMPI_ELEMENT_F32, DMPI_ELEMENT_F32);                        \
    }                                                                    \
  } while (0)

// exp(x) = 2ⁿ·e^r with |r| ≤ ln2/2, and e^r by the best polynomial of degree 6. It is within 2 ulp,
// and branch-free, so that loops around it vectorise with the same result in body and tail. x is
// clamped to −87…88. Written once, for floats and for lanes of floats.
#define EXPONENTIAL(x, value, integer)                                                       \
  const value shifted = (x) * 1.44269504f + 12582912.0f; /* 1.5·2²³: rounds to an integer */ \
  const value n = shifted - 12582912.0f;                                                     \
  const value r = ((x) - n * 0.693359375f) + n * 2.12194440e-4f;                             \
  value p = r * 0.00138146011f + 0.00836871658f;                                             \
  p = p * r + 0.0416683890f;                                                                 \
  p = p * r + 0.166665211f;                                                                  \
  p = p * r + 0.49999994f;                                                                   \
  p = p * r + 1.0f;                                                                          \
  p = p * r + 1.0f;                                                                          \
  integer exponent, bits;                                                                    \
  memcpy(&exponent, &shifted, sizeof exponent);                                              \
  memcpy(&bits, &p, sizeof bits);                                                            \
  bits += exponent << 23;                                                                    \
  memcpy(&p, &bits, sizeof p)

INLINE float exponential(float x) {
  x = x < -87.0f ? -87.0f : x;
  x = x > 88.0f ? 88.0f : x;
  EXPONENTIAL(x, float, uint32_t);
  return p;
}

// Below −88 the result is almost zero. The exponential is clamped to a finite number, so without
// this clamp a huge negative x would not give zero.
INLINE float silu(float x) {
  x = x < -88.0f ? -88.0f : x;
  return x / (1.0f + exponential(-x));
}
// Sixteen floats at a time, for any size of register. Used in loops that a compiler cannot prove
// safe to vectorise, because their destination may be their source.
enum { LANES = 16 };
typedef float lanes __attribute__((vector_size(4 * LANES)));
typedef uint32_t bit_lanes __attribute__((vector_size(4 * LANES)));
typedef uint16_t half_lanes __attribute__((vector_size(2 * LANES)));

INLINE void load_lanes(lanes *value, const void *from, dmpi_element type) {
  if (type == DMPI_ELEMENT_BF16) {
    half_lanes halves;
    memcpy(&halves, from, sizeof halves);
    const bit_lanes bits = __builtin_convertvector(halves, bit_lanes) << 16;
    memcpy(value, &bits, sizeof bits);
  } else {
    memcpy(value, from, sizeof *value);
  }
}

// Like store(), except that NaN has all bits of its payload set, which arithmetic never produces.
INLINE void store_lanes(void *to, dmpi_element type, const lanes *value) {
  if (type == DMPI_ELEMENT_BF16) {
    bit_lanes bits;
    memcpy(&bits, value, sizeof bits);
    bits = (bits + 0x7fffu + ((bits >> 16) & 1u)) >> 16;
    const half_lanes halves = __builtin_convertvector(bits, half_lanes);
    memcpy(to, &halves, sizeof halves);
  } else {
    memcpy(to, value, sizeof *value);
  }
}

// The larger of each lane and `least`. NaN stays NaN, so that it is found in the image.
INLINE void at_least(lanes *value, float least) {
  const lanes bound = least - (lanes){0};
  const bit_lanes is_less = (bit_lanes)(*value < bound);
  *value = (lanes)((is_less & (bit_lanes)bound) | (~is_less & (bit_lanes)*value));
}

// 2^x of every lane with a relative error of 8·10⁻⁵, for results that are rounded to bf16. x is
// clamped to −126… and must be at most 126. Computed as 2ⁿ·2^f with |f| ≤ ½ and the best polynomial
// of degree 3 for 2^f.
INLINE void short_power_lanes(lanes *value) {
  lanes x = *value;
  at_least(&x, -126.0f);
  const lanes shifted = x + 12582912.0f, f = x - (shifted - 12582912.0f);
  lanes p = f * 0.0551717194f + 0.242611352f;
  p = p * f + 0.693260997f;
  p = p * f + 0.999928060f;
  *value = (lanes)((bit_lanes)p + ((bit_lanes)shifted << 23));
}

// exponential() of every lane.
INLINE void exponential_lanes(lanes *value) {
  lanes x = *value;
  at_least(&x, -87.0f);
  EXPONENTIAL(x, lanes, bit_lanes);
  *value = p;
}

// 1/d of every lane, for d ≥ 1. A division takes as long as ten multiplications. r approximates 1/d:
// within 5.1 % by its exponent, within 1.3·10⁻³ after a step of Newton's method that is shifted so
// that positive and negative errors are equally large, and within 2·10⁻⁶ after another step.
INLINE void short_reciprocal_lanes(lanes *value) {
  const lanes d = *value;
  lanes r = (lanes)(0x7ef33a00u - (bit_lanes)d);
  r *= 2.0013f - d * r;
  *value = r * (2.0f - d * r);
}

// 1/(1 + exp(−x)) of every lane, for x ≥ −80 and a result of type `to`.
INLINE void sigmoid_lanes(lanes *value, dmpi_element to) {
  if (to == DMPI_ELEMENT_BF16) {
    lanes e = *value * -1.44269504f;
    short_power_lanes(&e);
    *value = 1.0f + e;
    short_reciprocal_lanes(value);
  } else {
    lanes e = -*value;
    exponential_lanes(&e);
    *value = 1.0f / (1.0f + e);
  }
}

// silu() of every lane, for a result of type `to`.
INLINE void silu_lanes(lanes *value, dmpi_element to) {
  // Below −80 the result is almost zero. The exponential is clamped to a finite number, so without
  // this clamp a huge negative x would not give zero.
  at_least(value, -80.0f);
  if (to == DMPI_ELEMENT_BF16) {
    lanes s = *value;
    sigmoid_lanes(&s, to);
    *value *= s;
  } else {
    lanes e = -*value;
    exponential_lanes(&e);
    *value /= 1.0f + e;
  }
}

// Transposes sixteen rows by four perfect shuffles. Each shuffle moves the first bit of the row
// number to the end of the column number, and the first bit of the column number to the end of the
// row number.
INLINE void transpose_lanes(lanes rows[LANES]) {
#pragma clang loop unroll(full)
  for (int round = 0; round < 4; round++) {
    lanes shuffled[LANES];
#pragma clang loop unroll(full)
    for (int i = 0; i < LANES / 2; i++) {
      const lanes a = rows[i], b = rows[i + LANES / 2];
      shuffled[2 * i] = __builtin_shufflevector(
          a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
      shuffled[2 * i + 1] = __builtin_shufflevector(
          a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
    }
    memcpy(rows, shuffled, sizeof shuffled);
  }
}

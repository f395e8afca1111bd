// The transform of torch's randn on the CPU, bit for bit: the Box–Muller transform with the
// single-precision logarithm, sine and cosine of Moshier's Cephes library, and with products fused
// where torch's AVX2 kernel fuses them. libm's functions differ in the last bit of every sixth
// value.
#include <math.h>

#include "elements.h"

// Only the explicit fmaf calls may fuse, so that every processor gives the same bits.
#pragma STDC FP_CONTRACT OFF

enum { PAIRS = 8 };

// ln x of a positive normal number.
INLINE float logarithm(float x) {
  // x = m · 2^e with m in [√½, √2).
  const uint32_t bits = float_to_bits(x);
  float e = (float)((int32_t)(bits >> 23) - 126);
  float m = bits_to_float((bits & 0x807fffffu) | 0x3f000000u);
  const float low = m < 0.707106781186547524f ? m : 0.0f;
  e -= low > 0.0f ? 1.0f : 0.0f;
  m = (m - 1.0f) + low;

  const float z = m * m;
  float y = 7.0376836292e-2f;
  y = fmaf(y, m, -1.1514610310e-1f);
  y = fmaf(y, m, 1.1676998740e-1f);
  y = fmaf(y, m, -1.2420140846e-1f);
  y = fmaf(y, m, 1.4249322787e-1f);
  y = fmaf(y, m, -1.6668057665e-1f);
  y = fmaf(y, m, 2.0000714765e-1f);
  y = fmaf(y, m, -2.4999993993e-1f);
  y = fmaf(y, m, 3.3333331174e-1f);
  // ln 2 in two parts. The greater part is exact in few bits.
  y = fmaf(y * m, z, e * -2.12194440e-4f);
  y = fmaf(-0.5f, z, y);
  return fmaf(e, 0.693359375f, m + y);
}

// sin x and cos x for x from 0 to 8192.
INLINE void sine_and_cosine(float x, float *sine, float *cosine) {
  // Octants, rounded up to even: x = octant · π/4 + r with |r| ≤ π/4.
  const int32_t octant = ((int32_t)(x * 1.27323954473516f) + 1) & ~1;
  const float turns = (float)octant;
  float r = fmaf(turns, -0.78515625f, x);
  r = fmaf(turns, -2.4187564849853515625e-4f, r);
  r = fmaf(turns, -3.77489497744594108e-8f, r);

  const float z = r * r;
  float c = 2.443315711809948e-5f;
  c = fmaf(c, z, -1.388731625493765e-3f);
  c = fmaf(c, z, 4.166664568298827e-2f);
  c = fmaf(c * z, z, -0.5f * z) + 1.0f;
  float s = -1.9515295891e-4f;
  s = fmaf(s, z, 8.3321608736e-3f);
  s = fmaf(s, z, -1.6666654611e-1f);
  s = fmaf(s * z, r, r);

  const int swapped = octant & 2;
  const uint32_t sine_sign = (uint32_t)(octant & 4) << 29;
  const uint32_t cosine_sign = (uint32_t)((octant + 2) & 4) << 29;
  *sine = bits_to_float(float_to_bits(swapped ? c : s) ^ sine_sign);
  *cosine = bits_to_float(float_to_bits(swapped ? s : c) ^ cosine_sign);
}

// A clone by feature, not by "arch=", which would run on the named processor only.
__attribute__((target_clones("fma", "default"))) void dmpi_box_muller(
    float *uniforms, int64_t blocks) {
  for (int64_t block = 0; block < blocks; block++) {
    float *u1 = uniforms + block * 2 * PAIRS, *u2 = u1 + PAIRS;
    float first[PAIRS], second[PAIRS];
    for (int i = 0; i < PAIRS; i++) {
      const float radius = sqrtf(-2.0f * logarithm(1.0f - u1[i]));
      float sine, cosine;
      sine_and_cosine(6.283185307179586f * u2[i], &sine, &cosine);
      first[i] = radius * cosine;
      second[i] = radius * sine;
    }
    memcpy(u1, first, sizeof first);
    memcpy(u2, second, sizeof second);
  }
}

// Exponential functions and logarithms without branches and without a call, so that loops over cells are vectorised.
//
// exp(x) = 2^k (1 + p(r)) with x = k ln 2 + r and |r| <= ln(2)/2. ln 2 is split in two parts, the first of which has
// so few bits that its product with k is exact (W. J. Cody and W. Waite, Software Manual for the Elementary Functions,
// 1980); p is a polynomial with p(0) = 0, so that expm1 keeps its precision near 0.

#pragma once

#include "isospike/arithmetic.h"

namespace isospike {

ISOSPIKE_FN float power_of_two_float32(int32_t k) { return from_bits(wrapped(uint32_t(k + 127) << 23)); }
ISOSPIKE_FN double power_of_two_float64(int32_t k) { return from_bits(int64_t(uint64_t(int64_t(k) + 1023) << 52)); }
ISOSPIKE_FN float power_of_two_like(float, int32_t k) { return power_of_two_float32(k); }
ISOSPIKE_FN double power_of_two_like(double, int32_t k) { return power_of_two_float64(k); }

ISOSPIKE_FN int32_t exponent(float x) { return ((bits_of(x) >> 23) & 0xff) - 127; }
ISOSPIKE_FN int32_t exponent(double x) { return int32_t((bits_of(x) >> 52) & 0x7ff) - 1023; }

// k and p(r) of an exponential.
template <typename T>
struct Reduced {
  T k, p;
};

// The coefficients are those of S. L. Moshier's Cephes library.
ISOSPIKE_FN Reduced<float> reduced(float x) {
  const float k = round(x * 1.44269504f);
  const float r = (x - k * 0.693359375f) - k * -2.12194440e-4f;
  float q = 1.9875691500e-4f;
  q = q * r + 1.3981999507e-3f;
  q = q * r + 8.3334519073e-3f;
  q = q * r + 4.1665795894e-2f;
  q = q * r + 1.6666665459e-1f;
  q = q * r + 5.0000001201e-1f;
  return {k, q * (r * r) + r};
}

// The Taylor series to the 13th power; what is left out is below 2^-57.
ISOSPIKE_FN Reduced<double> reduced(double x) {
  const double k = round(x * 1.4426950408889634);
  const double r = (x - k * 6.93147180369123816490e-01) - k * 1.90821492927058770002e-10;
  double q = 1.0 / 6227020800;
  q = q * r + 1.0 / 479001600;
  q = q * r + 1.0 / 39916800;
  q = q * r + 1.0 / 3628800;
  q = q * r + 1.0 / 362880;
  q = q * r + 1.0 / 40320;
  q = q * r + 1.0 / 5040;
  q = q * r + 1.0 / 720;
  q = q * r + 1.0 / 120;
  q = q * r + 1.0 / 24;
  q = q * r + 1.0 / 6;
  q = q * r + 0.5;
  return {k, q * (r * r) + r};
}

// NaN stays: it is neither below nor above.
template <typename T>
ISOSPIKE_FN T between(T low, T x, T high) {
  const T raised = x < low ? low : x;
  return raised > high ? high : raised;
}

template <typename T>
ISOSPIKE_FN T exp_between(T low, T x, T high) {
  const Reduced<T> e = reduced(between(low, x, high));
  const int32_t k = int32_t(e.k), half = k >> 1;
  // In two factors: 2^k is no normal number where the result is denormal or close to the largest.
  return (T(1) + e.p) * power_of_two_like(x, half) * power_of_two_like(x, k - half);
}
ISOSPIKE_FN float exp(float x) { return exp_between(-104.0f, x, 89.0f); }
ISOSPIKE_FN double exp(double x) { return exp_between(-746.0, x, 710.0); }

template <typename T>
ISOSPIKE_FN T expm1_between(T low, T x, T high) {
  const Reduced<T> e = reduced(between(low, x, high));
  const T half = power_of_two_like(x, int32_t(e.k) - 1);
  return T(2) * (half * e.p + (half - T(0.5)));
}
ISOSPIKE_FN float expm1(float x) { return expm1_between(-30.0f, x, 89.0f); }
ISOSPIKE_FN double expm1(double x) { return expm1_between(-60.0, x, 710.0); }

// (exp(x) - 1) / x, and 1 at 0 and so near to it that a half of exp(x) - 1 would be denormal.
template <typename T>
ISOSPIKE_FN T real_exprel(T x) {
  const bool is_tiny = absolute(x) < T(1e-30);
  const T quotient = expm1(x) / (is_tiny ? T(1) : x);
  return is_tiny ? T(1) : quotient;
}
ISOSPIKE_FN float exprel(float x) { return real_exprel(x); }
ISOSPIKE_FN double exprel(double x) { return real_exprel(x); }

template <typename T>
ISOSPIKE_FN T real_tanh(T x) {
  const T size = absolute(x), e = expm1(T(2) * (size > T(20) ? T(20) : size));
  return copysign(e / (e + T(2)), x);
}
ISOSPIKE_FN float tanh(float x) { return real_tanh(x); }
ISOSPIKE_FN double tanh(double x) { return real_tanh(x); }

// Half of the exponential, also where that itself is infinite.
template <typename T>
ISOSPIKE_FN T half_exp(T x) {
  const T root = exp(T(0.5) * x);
  return T(0.5) * root * root;
}

template <typename T>
ISOSPIKE_FN T real_sinh(T x) {
  const T size = absolute(x), e = expm1(size > T(20) ? T(20) : size);
  return copysign(size > T(20) ? half_exp(size) : T(0.5) * (e + e / (e + T(1))), x);
}
ISOSPIKE_FN float sinh(float x) { return real_sinh(x); }
ISOSPIKE_FN double sinh(double x) { return real_sinh(x); }

template <typename T>
ISOSPIKE_FN T real_cosh(T x) {
  const T size = absolute(x), e = exp(size > T(20) ? T(20) : size);
  return size > T(20) ? half_exp(size) : T(0.5) * (e + T(1) / e);
}
ISOSPIKE_FN float cosh(float x) { return real_cosh(x); }
ISOSPIKE_FN double cosh(double x) { return real_cosh(x); }

// log(m) with m = 1 + f in [sqrt(1/2), sqrt(2)) is a series in s = f / (2 + f); coefficients of FreeBSD's libm.
ISOSPIKE_FN float log_tail(float z) {
  return z * (0.66666662693f + z * (0.40000972152f + z * (0.28498786688f + z * 0.24279078841f)));
}
ISOSPIKE_FN double log_tail(double z) {
  double q = 1.479819860511658591e-01;
  q = q * z + 1.531383769920937332e-01;
  q = q * z + 1.818357216161805012e-01;
  q = q * z + 2.222219843214978396e-01;
  q = q * z + 2.857142874366239149e-01;
  q = q * z + 3.999999999940941908e-01;
  q = q * z + 6.666666666666735130e-01;
  return q * z;
}

// m and k of a positive number m 2^k, with m in [sqrt(1/2), sqrt(2)); the bits of sqrt(1/2) are the border.
ISOSPIKE_FN int32_t split(float x, float& m) {
  const int32_t bits = bits_of(x) + (0x3f800000 - 0x3f3504f3);
  m = from_bits((bits & 0x7fffff) + 0x3f3504f3);
  return (bits >> 23) - 127;
}
ISOSPIKE_FN int32_t split(double x, double& m) {
  const int64_t border = 0x3fe6a09e667f3bcd, bits = bits_of(x) + (0x3ff0000000000000 - border);
  m = from_bits((bits & 0xfffffffffffff) + border);
  return int32_t(bits >> 52) - 1023;
}

template <typename T>
ISOSPIKE_FN T log_with(T x, T smallest, T scale, int32_t scale_exponent, T ln2_high, T ln2_low) {
  const bool is_small = x < smallest;  // denormal numbers are brought into the normal range
  T m;
  const T k = T(split(is_small ? x * scale : x, m) - (is_small ? scale_exponent : 0));
  const T f = m - T(1), s = f / (T(2) + f), half = T(0.5) * f * f;
  const T result = s * (half + log_tail(s * s)) + k * ln2_low - half + f + k * ln2_high;
  const T infinity = T(1) / T(0), nan = infinity - infinity;
  return x > 0 ? (x < infinity ? result : x) : x == 0 ? -infinity : x < 0 ? nan : x;
}
ISOSPIKE_FN float log(float x) {
  return log_with(x, 0x1p-126f, 0x1p24f, 24, 6.9313812256e-01f, 9.0580006145e-06f);
}
ISOSPIKE_FN double log(double x) {
  return log_with(x, 0x1p-1022, 0x1p54, 54, 6.93147180369123816490e-01, 1.90821492927058770002e-10);
}

// W. Kahan's correction of log(1 + x) for the rounding of 1 + x.
template <typename T>
ISOSPIKE_FN T real_log1p(T x) {
  const T sum = T(1) + x, above = sum - T(1);
  const bool is_tiny = sum == T(1), is_end = (sum - sum != 0) | (sum == 0);
  const T ratio = is_end ? T(1) : x / (is_tiny ? T(1) : above);
  return is_tiny ? x : log(sum) * ratio;
}
ISOSPIKE_FN float log1p(float x) { return real_log1p(x); }
ISOSPIKE_FN double log1p(double x) { return real_log1p(x); }

ISOSPIKE_FN float sqrt(float x) { return ISOSPIKE_LIBM(sqrtf)(x); }
ISOSPIKE_FN double sqrt(double x) { return ISOSPIKE_LIBM(sqrt)(x); }

// Rare in models, and left to the library.
ISOSPIKE_FN float sin(float x) { return ISOSPIKE_LIBM(sinf)(x); }
ISOSPIKE_FN double sin(double x) { return ISOSPIKE_LIBM(sin)(x); }
ISOSPIKE_FN float cos(float x) { return ISOSPIKE_LIBM(cosf)(x); }
ISOSPIKE_FN double cos(double x) { return ISOSPIKE_LIBM(cos)(x); }
ISOSPIKE_FN float atan(float x) { return ISOSPIKE_LIBM(atanf)(x); }
ISOSPIKE_FN double atan(double x) { return ISOSPIKE_LIBM(atan)(x); }
ISOSPIKE_FN float pow(float x, float y) { return ISOSPIKE_LIBM(powf)(x, y); }
ISOSPIKE_FN double pow(double x, double y) { return ISOSPIKE_LIBM(pow)(x, y); }

}  // namespace isospike

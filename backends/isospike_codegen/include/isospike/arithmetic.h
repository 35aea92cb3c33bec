// Arithmetic with NumPy's meaning where that of C++ is another one, or none: integers wrap, a division by the integer 0
// gives 0, quotients are rounded down, NaN wins in a maximum, and a shift beyond the word leaves its sign.

#pragma once

#include "isospike/dialect.h"

namespace isospike {

ISOSPIKE_FN int32_t wrapped(uint32_t x) { return static_cast<int32_t>(x); }

ISOSPIKE_FN int32_t add(int32_t x, int32_t y) { return wrapped(uint32_t(x) + uint32_t(y)); }
ISOSPIKE_FN uint32_t add(uint32_t x, uint32_t y) { return x + y; }
ISOSPIKE_FN bool add(bool x, bool y) { return x | y; }
ISOSPIKE_FN int32_t subtract(int32_t x, int32_t y) { return wrapped(uint32_t(x) - uint32_t(y)); }
ISOSPIKE_FN uint32_t subtract(uint32_t x, uint32_t y) { return x - y; }
ISOSPIKE_FN int32_t multiply(int32_t x, int32_t y) { return wrapped(uint32_t(x) * uint32_t(y)); }
ISOSPIKE_FN uint32_t multiply(uint32_t x, uint32_t y) { return x * y; }
ISOSPIKE_FN bool multiply(bool x, bool y) { return x & y; }
ISOSPIKE_FN int32_t negative(int32_t x) { return wrapped(0u - uint32_t(x)); }
ISOSPIKE_FN uint32_t negative(uint32_t x) { return 0u - x; }

ISOSPIKE_FN int32_t left_shift(int32_t x, int32_t n) { return uint32_t(n) < 32 ? wrapped(uint32_t(x) << (n & 31)) : 0; }
ISOSPIKE_FN uint32_t left_shift(uint32_t x, uint32_t n) { return n < 32 ? x << (n & 31) : 0; }
ISOSPIKE_FN int32_t right_shift(int32_t x, int32_t n) { return x >> (uint32_t(n) < 32 ? n : 31); }
ISOSPIKE_FN uint32_t right_shift(uint32_t x, uint32_t n) { return n < 32 ? x >> (n & 31) : 0; }

ISOSPIKE_FN int32_t absolute(int32_t x) { return x < 0 ? negative(x) : x; }
ISOSPIKE_FN uint32_t absolute(uint32_t x) { return x; }
ISOSPIKE_FN bool absolute(bool x) { return x; }
ISOSPIKE_FN float absolute(float x) { return ISOSPIKE_LIBM(fabsf)(x); }
ISOSPIKE_FN double absolute(double x) { return ISOSPIKE_LIBM(fabs)(x); }

template <typename T>
ISOSPIKE_FN T maximum(T x, T y) {
  return ((x >= y) | (x != x)) ? x : y;
}

template <typename T>
ISOSPIKE_FN T minimum(T x, T y) {
  return ((x <= y) | (x != x)) ? x : y;
}

template <typename T>
ISOSPIKE_FN T sign(T x) {
  return x > 0 ? T(1) : x < 0 ? T(-1) : x == 0 ? T(0) : x;
}
ISOSPIKE_FN uint32_t sign(uint32_t x) { return x != 0; }

ISOSPIKE_FN float floor(float x) { return ISOSPIKE_LIBM(floorf)(x); }
ISOSPIKE_FN double floor(double x) { return ISOSPIKE_LIBM(floor)(x); }
ISOSPIKE_FN float ceil(float x) { return ISOSPIKE_LIBM(ceilf)(x); }
ISOSPIKE_FN double ceil(double x) { return ISOSPIKE_LIBM(ceil)(x); }
ISOSPIKE_FN float round(float x) { return ISOSPIKE_LIBM(rintf)(x); }
ISOSPIKE_FN double round(double x) { return ISOSPIKE_LIBM(rint)(x); }

ISOSPIKE_FN bool isinf(float x) { return (bits_of(x) & 0x7fffffff) == 0x7f800000; }
ISOSPIKE_FN bool isinf(double x) { return (bits_of(x) & 0x7fffffffffffffff) == 0x7ff0000000000000; }
ISOSPIKE_FN bool isfinite(float x) { return (bits_of(x) & 0x7f800000) != 0x7f800000; }
ISOSPIKE_FN bool isfinite(double x) { return (bits_of(x) & 0x7ff0000000000000) != 0x7ff0000000000000; }

ISOSPIKE_FN int32_t floor_divide(int32_t x, int32_t y) {
  if (y == 0) return 0;
  if (y == -1) return negative(x);
  return x / y - ((x % y != 0) & ((x < 0) != (y < 0)));
}
ISOSPIKE_FN uint32_t floor_divide(uint32_t x, uint32_t y) { return y == 0 ? 0 : x / y; }
ISOSPIKE_FN int32_t remainder(int32_t x, int32_t y) {
  if (y == 0 || y == -1) return 0;
  const int32_t rest = x % y;
  return rest + (rest != 0 && (rest < 0) != (y < 0) ? y : 0);
}
ISOSPIKE_FN uint32_t remainder(uint32_t x, uint32_t y) { return y == 0 ? 0 : x % y; }

ISOSPIKE_FN float fmod(float x, float y) { return ISOSPIKE_LIBM(fmodf)(x, y); }
ISOSPIKE_FN double fmod(double x, double y) { return ISOSPIKE_LIBM(fmod)(x, y); }
ISOSPIKE_FN float copysign(float x, float y) { return ISOSPIKE_LIBM(copysignf)(x, y); }
ISOSPIKE_FN double copysign(double x, double y) { return ISOSPIKE_LIBM(copysign)(x, y); }

template <typename T>
ISOSPIKE_FN T real_remainder(T x, T y) {
  const T rest = fmod(x, y);
  if (y == 0) return rest;
  if (rest == 0) return copysign(T(0), y);
  return (rest < 0) != (y < 0) ? rest + y : rest;
}
ISOSPIKE_FN float remainder(float x, float y) { return real_remainder(x, y); }
ISOSPIKE_FN double remainder(double x, double y) { return real_remainder(x, y); }

template <typename T>
ISOSPIKE_FN T real_floor_divide(T x, T y) {
  if (y == 0) return x / y;
  // Without the rest, the quotient is whole but for its rounding.
  const T rest = fmod(x, y), whole = (x - rest) / y;
  const T quotient = rest != 0 && (rest < 0) != (y < 0) ? whole - T(1) : whole;
  if (quotient == 0) return copysign(T(0), x / y);
  const T below = floor(quotient);
  return quotient - below > T(0.5) ? below + T(1) : below;
}
ISOSPIKE_FN float floor_divide(float x, float y) { return real_floor_divide(x, y); }
ISOSPIKE_FN double floor_divide(double x, double y) { return real_floor_divide(x, y); }

// An integer position along an axis of n entries, from the end where it is negative; `outside` remembers a bad one.
ISOSPIKE_FN int32_t position(int32_t at, int32_t n, int32_t& outside) {
  const int32_t counted = at < 0 ? at + n : at;
  const bool is_outside = uint32_t(counted) >= uint32_t(n);
  outside |= is_outside;
  return is_outside ? 0 : counted;
}

}  // namespace isospike

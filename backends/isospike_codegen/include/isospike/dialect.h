// The dialect that generated programs are written in: C++17 without its library, which g++, clang and nvcc compile
// alike, NVRTC without any header of its own.

#pragma once

#if defined(__CUDACC_RTC__)
typedef int int32_t;
typedef unsigned int uint32_t;
typedef long long int64_t;
typedef unsigned long long uint64_t;
typedef unsigned char uint8_t;
#else
#include <stdint.h>
#endif

#if defined(__CUDACC__)
#define ISOSPIKE_FN static __device__ __forceinline__
#define ISOSPIKE_COPY(to, from, size) memcpy(to, from, size)
#define ISOSPIKE_LIBM(name) ::name
#define ISOSPIKE_UNKNOWN(x) asm("" : "+r"(x))
#else
#define ISOSPIKE_FN static inline __attribute__((always_inline))
#define ISOSPIKE_COPY(to, from, size) __builtin_memcpy(to, from, size)
#define ISOSPIKE_LIBM(name) __builtin_##name
#define ISOSPIKE_UNKNOWN(x) __asm__("" : "+r"(x))
#endif

namespace isospike {

ISOSPIKE_FN int32_t bits_of(float x) {
  int32_t bits;
  ISOSPIKE_COPY(&bits, &x, sizeof bits);
  return bits;
}

ISOSPIKE_FN int64_t bits_of(double x) {
  int64_t bits;
  ISOSPIKE_COPY(&bits, &x, sizeof bits);
  return bits;
}

ISOSPIKE_FN float from_bits(int32_t bits) {
  float x;
  ISOSPIKE_COPY(&x, &bits, sizeof x);
  return x;
}

ISOSPIKE_FN double from_bits(int64_t bits) {
  double x;
  ISOSPIKE_COPY(&x, &bits, sizeof x);
  return x;
}

}  // namespace isospike

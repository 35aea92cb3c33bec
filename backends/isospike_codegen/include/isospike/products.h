// Products of matrices. A thread makes a whole row of the result on the CPU, and one element on a GPU; in both, terms
// are added in their order.

#pragma once

#include "isospike/team.h"

namespace isospike {

#if defined(__CUDACC__) || defined(ISOSPIKE_HOST_SHIM)

// How many parts a row has.
#define ISOSPIKE_PARTS(n_columns) n_columns

template <typename T>
__device__ void multiply_part(const T* left, const T* right, int32_t n_inner, int32_t n_columns, T* out) {
  T sum = 0;
  for (int32_t k = 0; k < n_inner; ++k) sum += left[k] * right[k * n_columns];
  *out = sum;
}

#else

#define ISOSPIKE_PARTS(n_columns) 1

template <typename T>
ISOSPIKE_FN void multiply_part(const T* left, const T* right, int32_t n_inner, int32_t n_columns, T* out) {
  for (int32_t j = 0; j < n_columns; ++j) out[j] = 0;
  for (int32_t k = 0; k < n_inner; ++k) {
    ISOSPIKE_ALL(j, n_columns) out[j] += left[k] * right[k * n_columns + j];
  }
}

#endif

}  // namespace isospike

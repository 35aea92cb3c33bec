// Spikes times a CSR matrix for operators of array libraries on the CPU: the walk that generated programs make, by one
// thread.  out[..., j] = sum_i spikes[..., i] * w[i, j]
//
// Rows are walked in ascending order and every target adds one event after the other, as the plain walks of the array
// libraries do, so that 0/1 spikes give the same bits on all; +0 and -0 are silent, NaN is an event.

#pragma once

#include <cstdint>
#include <string>

#include "isospike/events.h"

namespace isospike {

template <typename T>
struct Matrix {
  const int32_t* indptr;
  const int32_t* indices;
  const T* weights;
  bool one_weight;
  int64_t n_pre, n_post, n_synapses;

  // Writes the product for each of a batch of spikes; false if the matrix is broken.
  bool multiply(int64_t n_batch, const T* spikes, T* out) const {
    if (n_pre > INT32_MAX || n_post > INT32_MAX || n_synapses > INT32_MAX) return false;
    const Connection<T> rows{indptr,         indices,         weights,            one_weight,
                             int32_t(n_pre), int32_t(n_post), int32_t(n_synapses)};
    Shared shared = {};
    const Team alone{0, 1, &shared};
    for (int64_t b = 0; b < n_batch; ++b) event_matvec(alone, 1, rows, 1, spikes + b * n_pre, out + b * n_post);
    return shared.failure == 0;
  }

  std::string broken() const {
    return "event_matvec: the CSR matrix is broken: an entry of indptr is outside [0, " + std::to_string(n_synapses) +
           "] or one of indices is outside [0, " + std::to_string(n_post) + "), or these are more than int32 counts";
  }
};

}  // namespace isospike

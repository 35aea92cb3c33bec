// Spikes times a CSR matrix for operators of array libraries on a GPU, by the threads of one launch.
//   out[b, j] += sum_i spikes[b, i] * w[i, j]
//
// Launch a kernel in one dimension with a multiple of 32 threads a block; `out` is zeroed before. Nobody waits to be
// told that the matrix is broken, so all of `out` is NaN then.

#pragma once

#include "isospike/events.h"

namespace isospike {

template <typename T>
__device__ void add_events_on_grid(const Connection<T>& c, int32_t n_batch, const T* spikes, T* out) {
  const int32_t thread = blockIdx.x * blockDim.x + threadIdx.x, n_threads = gridDim.x * blockDim.x;
  const bool is_whole = add_events(thread, n_threads, c, n_batch, spikes, out);
  if (__ballot_sync(~0u, !is_whole) == 0) return;
  const T nan = T(from_bits(0x7fc00000));
  for (int64_t j = thread % 32; j < int64_t(n_batch) * c.n_post; j += 32) out[j] = nan;
}

}  // namespace isospike

#define ISOSPIKE_EVENTS(name, T)                                                                                   \
  extern "C" __global__ void name(const T* spikes, const T* weights, const int32_t* indptr, const int32_t* indices, \
                                  T* out, int32_t one_weight, int32_t n_batch, int32_t n_pre, int32_t n_post,       \
                                  int32_t n_synapses) {                                                            \
    const isospike::Connection<T> c{indptr, indices, weights, one_weight != 0, n_pre, n_post, n_synapses};         \
    isospike::add_events_on_grid(c, n_batch, spikes, out);                                                         \
  }

ISOSPIKE_EVENTS(isospike_events_float32, float)
ISOSPIKE_EVENTS(isospike_events_float64, double)

// Spikes times a CSR matrix:  out[b, j] = sum_i spikes[b, i] * w[i, j],  by the rows of the cells that spike.
//
// A broken matrix (a row or a target outside of it) is refused, and writes nowhere else.

#pragma once

#include "isospike/team.h"

namespace isospike {

template <typename T>
struct Connection {
  const int32_t* indptr;
  const int32_t* indices;
  const T* weights;
  bool one_weight;
  int32_t n_pre, n_post, n_synapses;
};

#if defined(__CUDACC__) || defined(ISOSPIKE_HOST_SHIM)

// Adds the synapses of a cell, shared by the threads of a warp; false if the matrix is broken.
template <typename T>
__device__ bool add_row(const Connection<T>& c, int32_t pre, T spike, int32_t lane, T* out) {
  const int32_t begin = c.indptr[pre], end = c.indptr[pre + 1];
  if (begin < 0 || end > c.n_synapses) return false;
  bool is_whole = true;
  for (int32_t k = begin + lane; k < end; k += 32) {
    const int32_t post = c.indices[k];
    const bool is_inside = uint32_t(post) < uint32_t(c.n_post);
    is_whole &= is_inside;
    if (is_inside) atomicAdd(out + post, spike * c.weights[c.one_weight ? 0 : k]);
  }
  return is_whole;
}

// A warp looks at 32 cells of an example at once, and then at the row of each that spikes; false if the matrix is broken.
template <typename T>
__device__ bool add_events(int32_t thread, int32_t n_threads, const Connection<T>& c, int32_t n_batch, const T* spikes,
                           T* out) {
  const int32_t lane = thread % 32, n_groups = c.n_pre / 32 + (c.n_pre % 32 != 0);
  bool is_whole = true;
  for (int32_t i = thread / 32; i < n_batch * n_groups; i += n_threads / 32) {
    const int32_t b = i / n_groups, first = i % n_groups * 32;
    const T* const given = spikes + int64_t(b) * c.n_pre;
    const bool is_event = first + lane < c.n_pre && given[first + lane] != 0;
    for (uint32_t events = __ballot_sync(~0u, is_event); events != 0; events &= events - 1) {
      const int32_t pre = first + __ffs(events) - 1;
      is_whole &= add_row(c, pre, given[pre], lane, out + int64_t(b) * c.n_post);
    }
  }
  return is_whole;
}

template <typename T>
__device__ void event_add(const Team& team, int32_t where, const Connection<T>& c, int32_t n_batch, const T* spikes,
                          T* out) {
  if (!add_events(team.index, team.size, c, n_batch, spikes, out)) team.fail(where);
}

template <typename T>
__device__ void event_matvec(const Team& team, int32_t where, const Connection<T>& c, int32_t n_batch, const T* spikes,
                             T* out) {
  ISOSPIKE_EACH(i, n_batch * c.n_post) out[i] = 0;
  team.sync();
  event_add(team, where, c, n_batch, spikes, out);
}

#else

constexpr int32_t kBlock = 32;

// Bit k of the result tells whether spikes[k] is an event. A block of cells is tested at once by OR-ing the bit
// patterns of its values without their signs, which is vectorised: few cells spike in a step.
template <typename T, typename Bits>
ISOSPIKE_FN uint32_t events_in(const T* spikes) {
  Bits bits[kBlock], any = 0;
  ISOSPIKE_COPY(bits, spikes, sizeof bits);
  for (int32_t k = 0; k < kBlock; ++k) any |= bits[k] << 1;
  if (any == 0) return 0;
  uint32_t events = 0;
  for (int32_t k = 0; k < kBlock; ++k) events |= uint32_t((bits[k] << 1) != 0) << k;
  return events;
}
ISOSPIKE_FN uint32_t events_in(const float* spikes) { return events_in<float, uint32_t>(spikes); }
ISOSPIKE_FN uint32_t events_in(const double* spikes) { return events_in<double, uint64_t>(spikes); }

// Adds the synapses of a cell whose targets are in [low, high), in their order; false if the matrix is broken.
template <typename T, bool kIsShared>
ISOSPIKE_FN bool add_row(const Connection<T>& c, int32_t pre, T spike, int32_t low, int32_t high, T* out) {
  const int32_t begin = c.indptr[pre], end = c.indptr[pre + 1];
  if (begin < 0 || end > c.n_synapses) return false;
  const T same = c.one_weight ? spike * c.weights[0] : T(0);
  for (int32_t k = begin; k < end; ++k) {
    const uint32_t post = uint32_t(c.indices[k]);
    if (post >= uint32_t(c.n_post)) return false;
    if (kIsShared && (post < uint32_t(low) || post >= uint32_t(high))) continue;
    out[post] += c.one_weight ? same : spike * c.weights[k];
  }
  return true;
}

template <typename T, bool kIsShared>
ISOSPIKE_FN bool add_rows(const Connection<T>& c, const T* spikes, int32_t low, int32_t high, T* out) {
  const int32_t n_full = c.n_pre - c.n_pre % kBlock;
  for (int32_t first = 0; first < n_full; first += kBlock) {
    for (uint32_t events = events_in(spikes + first); events != 0; events &= events - 1) {
      const int32_t pre = first + __builtin_ctz(events);
      if (!add_row<T, kIsShared>(c, pre, spikes[pre], low, high, out)) return false;
    }
  }
  for (int32_t pre = n_full; pre < c.n_pre; ++pre) {
    if (spikes[pre] != 0 && !add_row<T, kIsShared>(c, pre, spikes[pre], low, high, out)) return false;
  }
  return true;
}

// Threads share the examples of a batch, or else the targets: every sum is made by one thread, in the same order.
template <typename T, bool kFromZero>
ISOSPIKE_FN void add_events(const Team& team, int32_t where, const Connection<T>& c, int32_t n_batch, const T* spikes,
                            T* out) {
  const bool by_example = n_batch >= team.size;
  const int32_t first = by_example ? int32_t(int64_t(n_batch) * team.index / team.size) : 0;
  const int32_t last = by_example ? int32_t(int64_t(n_batch) * (team.index + 1) / team.size) : n_batch;
  const int32_t low = by_example ? 0 : team.begin(c.n_post), high = by_example ? c.n_post : team.end(c.n_post);
  for (int32_t b = first; b < last; ++b) {
    const T* given = spikes + int64_t(b) * c.n_pre;
    T* sums = out + int64_t(b) * c.n_post;
    for (int32_t j = low; kFromZero && j < high; ++j) sums[j] = 0;
    const bool is_whole =
        by_example ? add_rows<T, false>(c, given, low, high, sums) : add_rows<T, true>(c, given, low, high, sums);
    if (!is_whole) team.fail(where);
  }
}

template <typename T>
ISOSPIKE_FN void event_add(const Team& team, int32_t where, const Connection<T>& c, int32_t n_batch, const T* spikes,
                           T* out) {
  add_events<T, false>(team, where, c, n_batch, spikes, out);
}

template <typename T>
ISOSPIKE_FN void event_matvec(const Team& team, int32_t where, const Connection<T>& c, int32_t n_batch, const T* spikes,
                              T* out) {
  add_events<T, true>(team, where, c, n_batch, spikes, out);
}

#endif

}  // namespace isospike

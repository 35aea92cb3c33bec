// Spikes times a CSR matrix on the CPU:  out[..., j] = sum_i spikes[..., i] * w[i, j].  Pure C++17.
//
// Few cells spike in a step, so the cost is finding them. A block of cells is tested at once by OR-ing the bit
// patterns of its values without their signs, which the compiler vectorises; +0 and -0 are silent, NaN is an event.
// Rows are walked in ascending order and every target adds one event after the other, as the plain walks of the array
// libraries do, so that 0/1 spikes give the same bits on all. The checks of pointers and targets cost little beside
// the scattered additions and turn a broken matrix into an error instead of a write outside the buffer.

#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <string>
#include <type_traits>

namespace isospike {

constexpr int64_t kBlock = 32;

// Bit k of the result tells whether spikes[k] is an event.
template <typename Float>
uint32_t Events(const Float* spikes) {
  using Bits = std::conditional_t<sizeof(Float) == 4, uint32_t, uint64_t>;
  Bits bits[kBlock], any = 0;
  std::memcpy(bits, spikes, sizeof bits);
  for (Bits pattern : bits) any |= pattern << 1;
  if (any == 0) return 0;
  uint32_t events = 0;
  for (int64_t k = 0; k < kBlock; ++k) events |= static_cast<uint32_t>((bits[k] << 1) != 0) << k;
  return events;
}

template <typename Float>
struct Matrix {
  const int32_t* indptr;
  const int32_t* indices;
  const Float* weights;
  bool one_weight;
  int64_t n_pre, n_post, n_synapses;

  // Adds spike * w of every synapse of cell `pre`; false if its row leaves the matrix.
  bool AddRow(int64_t pre, Float spike, Float* out) const {
    const int64_t first = indptr[pre], end = indptr[pre + 1];
    if (first < 0 || end > n_synapses) return false;
    const Float same = one_weight ? spike * weights[0] : Float(0);
    for (int64_t k = first; k < end; ++k) {
      const uint32_t post = static_cast<uint32_t>(indices[k]);
      if (post >= n_post) return false;
      out[post] += one_weight ? same : spike * weights[k];
    }
    return true;
  }

  bool AddBlock(int64_t start, const Float* spikes, Float* out) const {
    for (uint32_t events = Events(spikes); events != 0; events &= events - 1) {
      const int k = __builtin_ctz(events);
      if (!AddRow(start + k, spikes[k], out)) return false;
    }
    return true;
  }

  bool AddRows(const Float* spikes, Float* out) const {
    const int64_t n_full = n_pre - n_pre % kBlock;
    for (int64_t start = 0; start < n_full; start += kBlock) {
      if (!AddBlock(start, spikes + start, out)) return false;
    }
    Float rest[kBlock] = {};
    std::copy(spikes + n_full, spikes + n_pre, rest);
    return AddBlock(n_full, rest, out);
  }

  // Writes the product for each of a batch of spikes; false if the matrix is broken.
  bool Multiply(int64_t n_batch, const Float* spikes, Float* out) const {
    std::fill_n(out, n_batch * n_post, Float(0));
    for (int64_t b = 0; b < n_batch; ++b) {
      if (!AddRows(spikes + b * n_pre, out + b * n_post)) return false;
    }
    return true;
  }

  std::string Broken() const {
    return "event_matvec: the CSR matrix is broken: an entry of indptr is outside [0, " + std::to_string(n_synapses) +
           "] or one of indices is outside [0, " + std::to_string(n_post) + ")";
  }
};

}  // namespace isospike

// Random words of the counter-based generator Philox4x32-10 (Salmon, Moraes, Dror and Shaw, SC 2011), and the numbers
// that the tables of isospike.random.tails make of them; the bits are those of isospike.ops.

#pragma once

#include "isospike/dialect.h"

namespace isospike {

struct Block {
  uint32_t word[4];
};

ISOSPIKE_FN Block philox(uint32_t c0, uint32_t c1, uint32_t c2, uint32_t c3, uint32_t k0, uint32_t k1) {
#pragma GCC unroll 10
  for (int turn = 0; turn < 10; ++turn) {
    const uint64_t first = uint64_t(0xD2511F53u) * c0, second = uint64_t(0xCD9E8D57u) * c2;
    const uint32_t high = uint32_t(second >> 32) ^ c1 ^ k0, low = uint32_t(first >> 32) ^ c3 ^ k1;
    c1 = uint32_t(second);
    c3 = uint32_t(first);
    c0 = high;
    c2 = low;
    k0 += 0x9E3779B9u;
    k1 += 0xBB67AE85u;
  }
  return {{c0, c1, c2, c3}};
}

// `table` holds rows of `n` numbers: the value at the end of a segment, and the terms of its polynomial.
template <typename T>
ISOSPIKE_FN T inverse_tail(const T* table, int32_t n, uint32_t word) {
  uint32_t u = (word & 0x7fffffffu) << 1 | 1, octave = 0;
#pragma GCC unroll 5
  for (uint32_t step = 16; step != 0; step >>= 1) {
    const uint32_t moved = u >> (32 - step) == 0 ? step : 0;
    u <<= moved;
    octave += moved;
  }
  const uint32_t row = (octave << 7) + (u >> 24) - 128, t = 0x1000000u - (u & 0xffffffu);
  const uint32_t first = uint32_t(table[n + row]), second = uint32_t(table[2 * n + row]);
  const uint32_t slope = first + (second * (t >> 8) >> 18);
  const uint32_t rise = slope * (t >> 14) + ((slope >> 6) * (t & 0x3fffu) >> 8);
  return table[row] + T(rise) * T(0x1p-38);
}

ISOSPIKE_FN int64_t tail_product(int64_t slope, int64_t t) {
  const int64_t high = slope >> 25, low = slope & ((int64_t(1) << 25) - 1);
  const int64_t upper = t >> 27, lower = t & ((int64_t(1) << 27) - 1);
  return high * upper + (low * upper >> 25) + (high * lower >> 27);
}

template <typename T>
ISOSPIKE_FN T inverse_tail(const T* table, int32_t n, uint32_t high, uint32_t low) {
  int64_t u = int64_t(high & 0x7fffffffu) << 32 | low | 1, octave = 0;
#pragma GCC unroll 6
  for (int64_t step = 32; step != 0; step >>= 1) {
    const int64_t moved = u >> (63 - step) == 0 ? step : 0;
    u <<= moved;
    octave += moved;
  }
  const int64_t row = (octave << 7) + (u >> 55) - 128, t = (int64_t(1) << 55) - (u & ((int64_t(1) << 55) - 1));
  int64_t slope = int64_t(table[4 * n + row]) + (int64_t(table[5 * n + row]) * (t >> 12) >> 43);
  slope = int64_t(table[3 * n + row]) + (slope * (t >> 19) >> 36);
  slope = int64_t(table[2 * n + row]) + (tail_product(slope, t) >> 3);
  slope = int64_t(table[n + row]) + (tail_product(slope, t) >> 3);
  return table[row] + T(tail_product(slope, t)) * T(0x1p-59);
}

}  // namespace isospike

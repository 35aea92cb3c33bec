// What a kernel uses of CUDA, on the CPU: a GPU of at most 1024 threads, which are those of the system.
//
// It is for tests: the text that a GPU runs is compiled by any C++ compiler, and run, one launch at a time. With
// ISOSPIKE_FLUSH, numbers that are not normal are 0, as CuPy has its kernels compiled.

#pragma once

#include <pthread.h>
#include <sched.h>

#include "isospike/dialect.h"

#define __global__
#define __device__

namespace isospike_shim {

constexpr unsigned kMostThreads = 1024, kWarp = 32;

struct Index {
  unsigned x;
};

// Where so many threads wait for each other.
struct Barrier {
  int32_t arrived, turn;

  void wait(unsigned size) {
    const int32_t before = __atomic_load_n(&turn, __ATOMIC_ACQUIRE);
    if (__atomic_add_fetch(&arrived, 1, __ATOMIC_ACQ_REL) == int32_t(size)) {
      __atomic_store_n(&arrived, 0, __ATOMIC_RELAXED);
      __atomic_store_n(&turn, before + 1, __ATOMIC_RELEASE);
      return;
    }
    while (__atomic_load_n(&turn, __ATOMIC_ACQUIRE) == before) sched_yield();
  }
};

struct Warp {
  Barrier barrier;
  bool votes[kWarp];
};

inline thread_local Index thread_index, block_index;
inline Index block_size, grid_size;
inline Barrier blocks[kMostThreads / kWarp];
inline Warp warps[kMostThreads / kWarp];

inline void flush() {
#if defined(ISOSPIKE_FLUSH) && defined(__x86_64__)
  __builtin_ia32_ldmxcsr(__builtin_ia32_stmxcsr() | 0x8040);
#endif
}

// Runs a kernel in so many blocks of so many threads, a multiple of 32.
template <typename Kernel>
void launch(unsigned n_blocks, unsigned n_threads, Kernel kernel) {
  struct Thread {
    unsigned block, index;
    Kernel* kernel;
    pthread_t handle;

    static void* run(void* self) {
      const Thread& thread = *static_cast<Thread*>(self);
      block_index.x = thread.block;
      thread_index.x = thread.index;
      flush();
      (*thread.kernel)();
      return nullptr;
    }
  };
  static Thread threads[kMostThreads];
  const unsigned n = n_blocks * n_threads;
  if (n > kMostThreads || n_threads % kWarp != 0) __builtin_trap();
  grid_size.x = n_blocks;
  block_size.x = n_threads;
  for (unsigned i = 0; i < n; ++i) {
    threads[i] = {i / n_threads, i % n_threads, &kernel, {}};
    if (pthread_create(&threads[i].handle, nullptr, Thread::run, &threads[i]) != 0) __builtin_trap();
  }
  for (unsigned i = 0; i < n; ++i) pthread_join(threads[i].handle, nullptr);
}

}  // namespace isospike_shim

#define blockIdx isospike_shim::block_index
#define gridDim isospike_shim::grid_size
#define threadIdx isospike_shim::thread_index
#define blockDim isospike_shim::block_size

inline void __syncthreads() { isospike_shim::blocks[blockIdx.x].wait(blockDim.x); }
inline void __threadfence() { __atomic_thread_fence(__ATOMIC_SEQ_CST); }
inline int __ffs(unsigned x) { return __builtin_ffs(int(x)); }

inline uint32_t __ballot_sync(uint32_t, bool vote) {
  const unsigned thread = blockIdx.x * blockDim.x + threadIdx.x;
  isospike_shim::Warp& warp = isospike_shim::warps[thread / isospike_shim::kWarp];
  warp.votes[thread % isospike_shim::kWarp] = vote;
  warp.barrier.wait(isospike_shim::kWarp);
  uint32_t votes = 0;
  for (unsigned lane = 0; lane < isospike_shim::kWarp; ++lane) votes |= uint32_t(warp.votes[lane]) << lane;
  warp.barrier.wait(isospike_shim::kWarp);
  return votes;
}

inline int32_t atomicExch(int32_t* at, int32_t x) { return __atomic_exchange_n(at, x, __ATOMIC_SEQ_CST); }
inline int32_t atomicAdd(int32_t* at, int32_t x) { return __atomic_fetch_add(at, x, __ATOMIC_SEQ_CST); }

template <typename T>
T atomicAdd(T* at, T x) {
  T before, after;
  __atomic_load(at, &before, __ATOMIC_SEQ_CST);
  do {
    after = before + x;
  } while (!__atomic_compare_exchange(at, &before, &after, true, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST));
  return before;
}

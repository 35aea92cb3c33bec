// What a kernel uses of CUDA, on the CPU: a GPU of one block, whose threads are those of the system.
//
// It is for tests: the text that a GPU runs is compiled by any C++ compiler, and run.

#pragma once

#include <pthread.h>
#include <sched.h>

#include "isospike/dialect.h"

#define __global__
#define __device__

namespace isospike_shim {

struct Index {
  unsigned x;
};

struct Barrier {
  int32_t arrived, turn;
};

inline thread_local Index thread_index;
inline Index block_size;
inline Barrier barrier;

inline void wait() {
  const int32_t turn = __atomic_load_n(&barrier.turn, __ATOMIC_ACQUIRE);
  if (__atomic_add_fetch(&barrier.arrived, 1, __ATOMIC_ACQ_REL) == int32_t(block_size.x)) {
    __atomic_store_n(&barrier.arrived, 0, __ATOMIC_RELAXED);
    __atomic_store_n(&barrier.turn, turn + 1, __ATOMIC_RELEASE);
    return;
  }
  while (__atomic_load_n(&barrier.turn, __ATOMIC_ACQUIRE) == turn) sched_yield();
}

// Runs a kernel in a block of so many threads, at most 1024.
template <typename Kernel>
void launch(unsigned n_threads, Kernel kernel) {
  struct Thread {
    unsigned index;
    Kernel* kernel;
    pthread_t handle;

    static void* run(void* thread) {
      thread_index.x = static_cast<Thread*>(thread)->index;
      (*static_cast<Thread*>(thread)->kernel)();
      return nullptr;
    }
  };
  static Thread threads[1024];
  block_size.x = n_threads;
  for (unsigned i = 0; i < n_threads; ++i) threads[i] = {i, &kernel, {}};
  for (unsigned i = 0; i < n_threads; ++i) {
    if (pthread_create(&threads[i].handle, nullptr, Thread::run, &threads[i]) != 0) __builtin_trap();
  }
  for (unsigned i = 0; i < n_threads; ++i) pthread_join(threads[i].handle, nullptr);
}

}  // namespace isospike_shim

static const isospike_shim::Index blockIdx{0}, gridDim{1};
#define threadIdx isospike_shim::thread_index
#define blockDim isospike_shim::block_size

inline void __syncthreads() { isospike_shim::wait(); }
inline void __threadfence() { __atomic_thread_fence(__ATOMIC_SEQ_CST); }
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

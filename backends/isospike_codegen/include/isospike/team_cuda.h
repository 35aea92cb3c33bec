// All threads of one launch on a GPU.
//
// The program is one kernel, which runs the whole time loop; between its stages the threads meet at a barrier. Loops
// go over any number of elements with any number of threads, so a grid never is too small: launch isospike_kernel in
// one dimension, with a multiple of 32 threads a block, as one block, or as no more blocks than the device holds at
// once (a cooperative launch checks that). `shared` is zeroed before the launch.

#pragma once

#include "isospike/dialect.h"

#if defined(ISOSPIKE_HOST_SHIM)
#include "isospike/host_shim.h"
#define ISOSPIKE_PAUSE() sched_yield()
#else
#define ISOSPIKE_PAUSE()
#endif

#define ISOSPIKE_EACH(i, n) for (int32_t i = team.index; i < (n); i += team.size)
#define ISOSPIKE_ALL(i, n) for (int32_t i = 0; i < (n); ++i)

namespace isospike {

// Its host reads `failure` as the third word of eight.
struct Shared {
  int32_t arrived, turn, failure, totals[3], unused[2];
};

struct Team {
  int32_t index, size;
  Shared* shared;
  mutable int32_t n_sums;  // how many there have been, the same for all

  __device__ bool leads() const { return index == 0; }

  __device__ void sync() const {
    __syncthreads();
    if (gridDim.x == 1) return;
    if (threadIdx.x == 0) {
      __threadfence();
      const int32_t turn = read(&shared->turn);
      if (atomicAdd(&shared->arrived, 1) == int32_t(gridDim.x) - 1) {
        atomicExch(&shared->arrived, 0);
        __threadfence();
        atomicAdd(&shared->turn, 1);
      } else {
        while (read(&shared->turn) == turn) ISOSPIKE_PAUSE();
      }
      __threadfence();
    }
    __syncthreads();
  }

  // The sum of what the threads bring, the same for all. Three totals take turns, so that one barrier is enough: the
  // next is cleared when all have passed the barrier after the one behind which it was read.
  __device__ int32_t sum(int32_t part) const {
    int32_t* const total = &shared->totals[n_sums % 3];
    n_sums = (n_sums + 1) % 3;
    if (leads()) atomicExch(&shared->totals[n_sums], 0);
    if (part != 0) atomicAdd(total, part);
    sync();
    return read(total);
  }
  __device__ bool any(bool part) const { return sum(part) != 0; }
  __device__ bool all(bool part) const { return sum(!part) == 0; }

  __device__ void fail(int32_t where) const { atomicExch(&shared->failure, where); }

 private:
  // A read past the caches of this processor, to see what others write.
  __device__ static int32_t read(const int32_t* at) { return *static_cast<const volatile int32_t*>(at); }
};

}  // namespace isospike

#define ISOSPIKE_KERNEL(program)                                                                        \
  extern "C" __global__ void isospike_kernel(const void* const* in, void* const* out, char* work,       \
                                             isospike::Shared* shared) {                                \
    const int32_t index = blockIdx.x * blockDim.x + threadIdx.x, size = gridDim.x * blockDim.x;         \
    isospike::program(isospike::Team{index, size, shared, 0}, in, out, work);                           \
  }

#if defined(ISOSPIKE_HOST_SHIM)
#define ISOSPIKE_ENTRY(program)                                                                         \
  ISOSPIKE_KERNEL(program)                                                                              \
  extern "C" void isospike_launch(unsigned n_blocks, unsigned n_threads, const void* const* in,         \
                                  void* const* out, char* work, isospike::Shared* shared) {             \
    isospike_shim::launch(n_blocks, n_threads, [&] { isospike_kernel(in, out, work, shared); });        \
  }
#else
#define ISOSPIKE_ENTRY(program) ISOSPIKE_KERNEL(program)
#endif

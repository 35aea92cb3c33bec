// All threads of one cooperative launch on a GPU.
//
// The program is one kernel, which runs the whole time loop; between its stages the threads meet at a barrier of all
// blocks. Launch no more blocks than the device holds at once (a cooperative launch checks that), in one dimension,
// with a multiple of 32 threads each: the kernel is isospike_kernel. `shared` is zeroed before the launch.

#pragma once

#include "isospike/dialect.h"

#if defined(ISOSPIKE_HOST_SHIM)
#include "isospike/host_shim.h"
#endif

#define ISOSPIKE_EACH(i, n) for (int32_t i = team.index; i < (n); i += team.size)
#define ISOSPIKE_ALL(i, n) for (int32_t i = 0; i < (n); ++i)

namespace isospike {

struct Shared {
  int32_t arrived, turn, failure, total;
};

struct Team {
  int32_t index, size;
  Shared* shared;

  __device__ bool leads() const { return index == 0; }

  __device__ void sync() const {
    __syncthreads();
    if (threadIdx.x == 0) {
      __threadfence();
      const int32_t turn = atomicAdd(&shared->turn, 0);
      if (atomicAdd(&shared->arrived, 1) == int32_t(gridDim.x) - 1) {
        atomicExch(&shared->arrived, 0);
        __threadfence();
        atomicAdd(&shared->turn, 1);
      } else {
        while (atomicAdd(&shared->turn, 0) == turn) {
        }
      }
      __threadfence();
    }
    __syncthreads();
  }

  __device__ int32_t sum(int32_t part) const {
    if (leads()) atomicExch(&shared->total, 0);
    sync();
    if (part != 0) atomicAdd(&shared->total, part);
    sync();
    const int32_t total = atomicAdd(&shared->total, 0);
    sync();
    return total;
  }
  __device__ bool any(bool part) const { return sum(part) != 0; }
  __device__ bool all(bool part) const { return sum(!part) == 0; }

  __device__ void fail(int32_t where) const { atomicExch(&shared->failure, where); }
};

}  // namespace isospike

#define ISOSPIKE_KERNEL(program)                                                                        \
  extern "C" __global__ void isospike_kernel(const void* const* in, void* const* out, char* work,       \
                                             isospike::Shared* shared) {                                \
    const int32_t index = blockIdx.x * blockDim.x + threadIdx.x, size = gridDim.x * blockDim.x;         \
    isospike::program(isospike::Team{index, size, shared}, in, out, work);                              \
  }

#if defined(ISOSPIKE_HOST_SHIM)
#define ISOSPIKE_ENTRY(program)                                                                         \
  ISOSPIKE_KERNEL(program)                                                                              \
  extern "C" int32_t isospike_run(const void* const* in, void* const* out, char* work, int32_t size) {  \
    isospike::Shared shared = {};                                                                       \
    isospike_shim::launch(size, [&] { isospike_kernel(in, out, work, &shared); });                      \
    return shared.failure;                                                                              \
  }
#else
#define ISOSPIKE_ENTRY(program) ISOSPIKE_KERNEL(program)
#endif

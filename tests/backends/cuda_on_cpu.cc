// The driver of NVIDIA on the CPU, as far as isospike_codegen/driver.py calls it: one device, which runs the event
// kernels as threads of the system. Machine code that it is given has to look like some, and is not run.

#define ISOSPIKE_HOST_SHIM
#include <stddef.h>
#include <string.h>

#include "isospike/event_grid.h"

namespace {

constexpr int kWrong = 1, kMissing = 500;
int context, module_;

template <typename T, typename Kernel>
void Run(Kernel kernel, unsigned blocks, unsigned threads, void** arguments) {
  const auto given = [=](int i) { return *static_cast<const int32_t**>(arguments[i]); };
  const auto number = [=](int i) { return *static_cast<int32_t*>(arguments[i]); };
  isospike_shim::launch(blocks, threads, [=] {
    kernel(*static_cast<const T**>(arguments[0]), *static_cast<const T**>(arguments[1]), given(2), given(3),
           *static_cast<T**>(arguments[4]), number(5), number(6), number(7), number(8), number(9));
  });
}

void Run32(unsigned blocks, unsigned threads, void** arguments) {
  Run<float>(isospike_events_float32, blocks, threads, arguments);
}
void Run64(unsigned blocks, unsigned threads, void** arguments) {
  Run<double>(isospike_events_float64, blocks, threads, arguments);
}

}  // namespace

extern "C" {

int cuInit(unsigned) { return 0; }
int cuDriverGetVersion(int* version) { return *version = 12090, 0; }
int cuDeviceGetCount(int* count) { return *count = 1, 0; }
int cuDeviceGetAttribute(int* value, int which, int device) {
  if (device != 0) return kWrong;
  *value = which == 75 ? 9 : which == 76 ? 0 : 132;
  return 0;
}
int cuDevicePrimaryCtxRetain(void** found, int device) { return *found = &context, device == 0 ? 0 : kWrong; }
int cuCtxPushCurrent_v2(void* given) { return given == &context ? 0 : kWrong; }
int cuCtxPopCurrent_v2(void** found) { return *found = &context, 0; }
int cuCtxGetDevice(int* device) { return *device = 0, 0; }
int cuGetErrorString(int status, const char** text) {
  *text = status == kMissing ? "named symbol not found" : "invalid argument";
  return 0;
}
int cuModuleLoadData(void** found, const void* code) {
  *found = &module_;
  return memcmp(code, "\x7f" "ELF", 4) == 0 ? 0 : kWrong;
}
int cuModuleGetFunction(void** found, void* given, const char* name) {
  if (given != &module_) return kWrong;
  *found = strcmp(name, "isospike_events_float32") == 0   ? reinterpret_cast<void*>(Run32)
           : strcmp(name, "isospike_events_float64") == 0 ? reinterpret_cast<void*>(Run64)
                                                          : nullptr;
  return *found ? 0 : kMissing;
}
int cuMemsetD8Async(uint64_t address, unsigned char value, size_t n_bytes, void*) {
  memset(reinterpret_cast<void*>(address), value, n_bytes);
  return 0;
}
int cuLaunchKernel(void* function, unsigned blocks, unsigned, unsigned, unsigned threads, unsigned, unsigned, unsigned,
                   void*, void** arguments, void**) {
  const unsigned most = isospike_shim::kMostThreads / threads;
  reinterpret_cast<decltype(&Run32)>(function)(blocks < most ? blocks : most, threads, arguments);
  return 0;
}
}

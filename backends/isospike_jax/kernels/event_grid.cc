// The event kernels of a GPU (isospike/event_grid.h) for XLA: a handler that launches what Python has loaded.
//
// It calls the driver by addresses that Python gives, so that nothing of CUDA is needed to compile it. With
// ISOSPIKE_HOST_SHIM the device is a stand-in on the CPU, where XLA has no stream.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>

#include "xla/ffi/api/ffi.h"

namespace ffi = xla::ffi;

namespace {

constexpr int kMostDevices = 64;
constexpr int64_t kWarp = 32, kBlock = 256, kMostSpikes = int64_t(1) << 30;

struct Driver {
  int (*current_device)(int* device);
  int (*clear)(uint64_t address, unsigned char value, size_t n_bytes, void* stream);
  int (*launch)(void* function, unsigned blocks_x, unsigned blocks_y, unsigned blocks_z, unsigned threads_x,
                unsigned threads_y, unsigned threads_z, unsigned shared_bytes, void* stream, void** arguments,
                void** extra);
} driver;

// The kernels for float32 and float64 on a device, and how many blocks run there at once.
struct Kernels {
  void* functions[2];
  unsigned blocks;
} devices[kMostDevices];

ffi::Error Failed(const char* what, int status) {
  return ffi::Error::Internal(std::string("event_matvec: ") + what + " failed with CUDA error " +
                              std::to_string(status));
}

template <ffi::DataType kType>
ffi::Error Launch(void* stream, ffi::Buffer<kType> spikes, ffi::Buffer<kType> weights, ffi::Buffer<ffi::S32> indptr,
                  ffi::Buffer<ffi::S32> indices, ffi::ResultBuffer<kType> out) {
  int device = 0;
  if (int status = driver.current_device(&device)) return Failed("cuCtxGetDevice", status);
  if (device < 0 || device >= kMostDevices || devices[device].blocks == 0) {
    return ffi::Error::Internal("event_matvec: no kernel is loaded for device " + std::to_string(device));
  }
  const int64_t pre = spikes.dimensions().back(), batch = static_cast<int64_t>(spikes.element_count()) / pre;
  const int64_t post = out->dimensions().back(), synapses = static_cast<int64_t>(indices.element_count());
  if (batch * pre > kMostSpikes || post > INT32_MAX || synapses > INT32_MAX) {
    return ffi::Error::InvalidArgument("event_matvec: more spikes, cells or synapses than the kernel counts");
  }
  const int64_t groups = batch * ((pre + kWarp - 1) / kWarp);
  if (int status = driver.clear(reinterpret_cast<uint64_t>(out->typed_data()), 0, out->size_bytes(), stream)) {
    return Failed("cuMemsetD8Async", status);
  }
  const void *s = spikes.typed_data(), *w = weights.typed_data(), *p = indptr.typed_data(), *i = indices.typed_data();
  void* sums = out->typed_data();
  int32_t one_weight = weights.dimensions().size() == 0, n_batch = static_cast<int32_t>(batch),
          n_pre = static_cast<int32_t>(pre), n_post = static_cast<int32_t>(post),
          n_synapses = static_cast<int32_t>(synapses);
  void* arguments[] = {&s, &w, &p, &i, &sums, &one_weight, &n_batch, &n_pre, &n_post, &n_synapses};
  const unsigned blocks = static_cast<unsigned>(
      std::min<int64_t>((groups * kWarp + kBlock - 1) / kBlock, devices[device].blocks));
  void* const function = devices[device].functions[kType == ffi::F64];
  if (int status = driver.launch(function, blocks, 1, 1, kBlock, 1, 1, 0, stream, arguments, nullptr)) {
    return Failed("cuLaunchKernel", status);
  }
  return ffi::Error::Success();
}

#if defined(ISOSPIKE_HOST_SHIM)
template <ffi::DataType kType>
ffi::Error Propagate(ffi::Buffer<kType> spikes, ffi::Buffer<kType> weights, ffi::Buffer<ffi::S32> indptr,
                     ffi::Buffer<ffi::S32> indices, ffi::ResultBuffer<kType> out) {
  return Launch<kType>(nullptr, spikes, weights, indptr, indices, out);
}
#define ISOSPIKE_STREAM
#else
template <ffi::DataType kType>
constexpr auto Propagate = Launch<kType>;
#define ISOSPIKE_STREAM .Ctx<ffi::PlatformStream<void*>>()
#endif

template <ffi::DataType kType>
auto Binding() {
  return ffi::Ffi::Bind() ISOSPIKE_STREAM.template Arg<ffi::Buffer<kType>>()
      .template Arg<ffi::Buffer<kType>>()
      .template Arg<ffi::Buffer<ffi::S32>>()
      .template Arg<ffi::Buffer<ffi::S32>>()
      .template Ret<ffi::Buffer<kType>>();
}

}  // namespace

extern "C" void isospike_use_driver(void* current_device, void* clear, void* launch) {
  driver = {reinterpret_cast<decltype(driver.current_device)>(current_device),
            reinterpret_cast<decltype(driver.clear)>(clear), reinterpret_cast<decltype(driver.launch)>(launch)};
}

extern "C" bool isospike_use_kernels(int device, void* float32, void* float64, unsigned blocks) {
  if (device < 0 || device >= kMostDevices) return false;
  devices[device] = {{float32, float64}, blocks};
  return true;
}

// What is launched may be recorded in a graph of CUDA.
XLA_FFI_DEFINE_HANDLER_SYMBOL(isospike_event_matvec_float32, Propagate<ffi::F32>, Binding<ffi::F32>(),
                              {ffi::Traits::kCmdBufferCompatible});
XLA_FFI_DEFINE_HANDLER_SYMBOL(isospike_event_matvec_float64, Propagate<ffi::F64>, Binding<ffi::F64>(),
                              {ffi::Traits::kCmdBufferCompatible});

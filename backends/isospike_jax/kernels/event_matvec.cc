// The event kernel (isospike/event_rows.h) for XLA on the CPU.

#include "isospike/event_rows.h"
#include "xla/ffi/api/ffi.h"

namespace ffi = xla::ffi;

namespace {

template <ffi::DataType kType>
ffi::Error EventMatvec(ffi::Buffer<kType> spikes, ffi::Buffer<kType> weights, ffi::Buffer<ffi::S32> indptr,
                       ffi::Buffer<ffi::S32> indices, ffi::ResultBuffer<kType> out) {
  using Float = ffi::NativeType<kType>;
  const int64_t n_pre = spikes.dimensions().back(), n_post = out->dimensions().back();
  const isospike::Matrix<Float> matrix{indptr.typed_data(),
                                       indices.typed_data(),
                                       weights.typed_data(),
                                       weights.dimensions().size() == 0,
                                       n_pre,
                                       n_post,
                                       static_cast<int64_t>(indices.element_count())};
  const int64_t n_batch = n_post == 0 ? 0 : static_cast<int64_t>(out->element_count()) / n_post;
  if (!matrix.multiply(n_batch, spikes.typed_data(), out->typed_data())) {
    return ffi::Error(ffi::ErrorCode::kInvalidArgument, matrix.broken());
  }
  return ffi::Error::Success();
}

template <ffi::DataType kType>
auto Binding() {
  return ffi::Ffi::Bind()
      .template Arg<ffi::Buffer<kType>>()
      .template Arg<ffi::Buffer<kType>>()
      .template Arg<ffi::Buffer<ffi::S32>>()
      .template Arg<ffi::Buffer<ffi::S32>>()
      .template Ret<ffi::Buffer<kType>>();
}

}  // namespace

XLA_FFI_DEFINE_HANDLER_SYMBOL(isospike_event_matvec_float32, EventMatvec<ffi::F32>, Binding<ffi::F32>());
XLA_FFI_DEFINE_HANDLER_SYMBOL(isospike_event_matvec_float64, EventMatvec<ffi::F64>, Binding<ffi::F64>());

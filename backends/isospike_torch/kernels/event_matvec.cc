// The event kernel (isospike/event_rows.h) for torch on the CPU, through the ABI that is stable across its versions.

#include <algorithm>
#include <cstdint>
#include <vector>

#include "isospike/event_rows.h"
#include "torch/csrc/stable/library.h"
#include "torch/csrc/stable/ops.h"
#include "torch/csrc/stable/tensor.h"

namespace {

using torch::headeronly::ScalarType;
using torch::stable::Tensor;

// The operator can be called without the checks of isospike_torch.events.event_matvec: these keep it inside its
// buffers.
void Check(const Tensor& spikes, const Tensor& weights, const Tensor& indptr, const Tensor& indices, int64_t n_post) {
  const ScalarType real = spikes.scalar_type();
  STD_TORCH_CHECK((real == ScalarType::Float || real == ScalarType::Double) && weights.scalar_type() == real &&
                      indptr.scalar_type() == ScalarType::Int && indices.scalar_type() == ScalarType::Int,
                  "event_matvec: spikes and weights must be of one dtype, float32 or float64, and indptr and indices "
                  "int32");
  STD_TORCH_CHECK(spikes.dim() > 0 && indptr.dim() == 1 && indptr.size(0) == spikes.size(-1) + 1 &&
                      indices.dim() == 1 && (weights.dim() == 0 || weights.dim() == 1) &&
                      (weights.dim() == 0 || weights.size(0) == indices.size(0)),
                  "event_matvec: the shapes must be spikes (*batch, n_pre), weights () or (n_synapses,), indptr "
                  "(n_pre + 1,) and indices (n_synapses,)");
  STD_TORCH_CHECK(n_post >= 0, "event_matvec: n_post must not be negative");
}

// As torch::stable::new_empty, which looks its operator up by name and takes 1 us more.
Tensor Empty(const Tensor& spikes, int64_t n_post) {
  std::vector<int64_t> sizes(spikes.sizes().begin(), spikes.sizes().end());
  std::vector<int64_t> strides(sizes.size(), 1);
  sizes.back() = n_post;
  for (size_t i = sizes.size() - 1; i > 0; --i) strides[i - 1] = strides[i] * std::max<int64_t>(sizes[i], 1);
  const int32_t dtype =
      spikes.scalar_type() == ScalarType::Float ? aoti_torch_dtype_float32() : aoti_torch_dtype_float64();
  AtenTensorHandle handle;
  const AOTITorchError error =
      aoti_torch_empty_strided(static_cast<int64_t>(sizes.size()), sizes.data(), strides.data(), dtype,
                               aoti_torch_device_type_cpu(), 0, &handle);
  STD_TORCH_CHECK(error == AOTI_TORCH_SUCCESS, "event_matvec: no memory for ", n_post, " postsynaptic cells");
  return Tensor(handle);
}

template <typename Float>
void Multiply(const Tensor& spikes, const Tensor& weights, const Tensor& indptr, const Tensor& indices, Tensor& out) {
  const int64_t n_post = out.size(-1), n_synapses = indices.numel();
  // Where there are no synapses indptr is not looked at, as on other devices.
  const isospike::Matrix<Float> matrix{static_cast<const int32_t*>(indptr.data_ptr()),
                                       static_cast<const int32_t*>(indices.data_ptr()),
                                       static_cast<const Float*>(weights.data_ptr()),
                                       weights.dim() == 0,
                                       n_synapses == 0 ? 0 : spikes.size(-1),
                                       n_post,
                                       n_synapses};
  const int64_t n_batch = n_post == 0 ? 0 : out.numel() / n_post;
  const bool is_sound = matrix.multiply(n_batch, static_cast<const Float*>(spikes.data_ptr()),
                                        static_cast<Float*>(out.data_ptr()));
  STD_TORCH_CHECK(is_sound, matrix.broken());
}

Tensor Contiguous(const Tensor& x) { return x.is_contiguous() ? x : torch::stable::contiguous(x); }

Tensor EventMatvec(const Tensor& spikes, const Tensor& weights, const Tensor& indptr, const Tensor& indices,
                   int64_t n_post) {
  Check(spikes, weights, indptr, indices, n_post);
  Tensor out = Empty(spikes, n_post);
  const auto multiply = spikes.scalar_type() == ScalarType::Float ? Multiply<float> : Multiply<double>;
  multiply(Contiguous(spikes), Contiguous(weights), Contiguous(indptr), Contiguous(indices), out);
  return out;
}

}  // namespace

STABLE_TORCH_LIBRARY_IMPL(isospike, CPU, m) { m.impl("event_matvec", TORCH_BOX(&EventMatvec)); }

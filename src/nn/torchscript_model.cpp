#include <ATen/Context.h>
#include <ATen/DeviceAccelerator.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <c10/core/DeviceGuard.h>
#include <torch/csrc/jit/passes/inliner.h>
#include <torch/csrc/jit/passes/subgraph_rewrite.h>
#include <torch/csrc/jit/python/update_graph_executor_opt.h>
#include <torch/script.h>

#include <algorithm>
#include <exception>
#include <future>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "base/error.hpp"
#include "base/trace.hpp"
#include "method/rolling_depth/model.hpp"
#include "nn/cpu/fuse.hpp"
#include "nn/cuda_devices.hpp"
#include "nn/device.hpp"
#include "nn/full_batch.hpp"
#include "nn/model_package.hpp"
#include "nn/out_of_memory.hpp"
#include "nn/self_check.hpp"

namespace rollingdepth {
namespace {

namespace fs = std::filesystem;

/// A network, and what is known of its calls.
struct Network {
  const char* name;        ///< For messages.
  std::int64_t downscale;  ///< Pixels of a picture per cell of its input.
  c10::ScalarType dtype;
  torch::jit::Module module;
  std::int64_t most_frames = std::numeric_limits<std::int64_t>::max();  ///< That memory holds.
  std::vector<std::int64_t> frame_shape = {};  ///< Of the calls that this was found in.
  std::int64_t too_many_frames = 0;            ///< What memory did not hold, if not told yet,
  std::int64_t fewer_frames = 0;               ///< and what it held then.
  FullBatch full = {};
  bool called = false;
};

void check_signature(const torch::jit::Module& module, const std::string& name,
                     const std::vector<c10::TypePtr>& inputs) {
  const auto method = module.find_method("forward");
  if (!method) throw Error(ErrorKind::kModel, "'" + name + "' has no forward method");
  const auto& schema = method->function().getSchema();
  // The first argument is the module itself.
  bool fits = schema.arguments().size() == inputs.size() + 1 && schema.returns().size() == 1 &&
              schema.returns()[0].type()->isSubtypeOf(c10::TensorType::get());
  for (std::size_t i = 0; fits && i < inputs.size(); ++i) {
    fits = *schema.arguments()[i + 1].type() == *inputs[i];
  }
  if (fits) return;
  std::string expected;
  for (const auto& type : inputs) expected += (expected.empty() ? "" : ", ") + type->repr_str();
  throw Error(ErrorKind::kModel,
              "'" + name + "' has another signature than forward(" + expected + ") -> Tensor");
}

// Convolutions are faster channels-last on CPU, and on GPU in half precision where no groups are
// normalised (docs/benchmarks.md); what they put out keeps that layout. MPS is known to compute
// wrong values from it.
at::MemoryFormat layout_on(c10::Device device) {
  return device.is_mps() ? at::MemoryFormat::Contiguous : at::MemoryFormat::ChannelsLast;
}

// One copy a weight does it all, and the next weight's takes the memory that it frees.
void convert(torch::jit::Module& module, c10::Device device, c10::ScalarType dtype) {
  const at::NoGradGuard no_gradients;
  for (at::Tensor weight : module.parameters()) {
    const auto layout = weight.dim() == 4 ? layout_on(device) : at::MemoryFormat::Preserve;
    weight.set_data(weight.to(device, dtype, /*non_blocking=*/false, /*copy=*/false, layout));
  }
  module.to(device, dtype);  // Buffers.
}

// oneDNN's products in place of the BLAS that LibTorch brings, which in float32 has half the rate
// on processors that it was not made for (docs/benchmarks.md). bfloat16 goes to oneDNN by itself.
void multiply_with_onednn(const torch::jit::Module& module) {
  const auto known = c10::Dispatcher::singleton().findSchema({"mkldnn::_linear_pointwise", ""});
  if (!at::hasMKLDNN() || !known || !known->hasKernelForDispatchKey(c10::DispatchKey::CPU)) return;
  torch::jit::SubgraphRewriter rewriter;
  rewriter.RegisterRewritePattern(R"(
    graph(%x, %weight, %bias):
      %y = aten::linear(%x, %weight, %bias)
      return (%y))",
                                  R"(
    graph(%x, %weight, %bias):
      %nothing : str = prim::Constant[value="none"]()
      %scalars : Scalar?[] = prim::ListConstruct()
      %algorithm : NoneType = prim::Constant()
      %y = mkldnn::_linear_pointwise(%x, %weight, %bias, %nothing, %scalars, %algorithm)
      return (%y))");
  std::shared_ptr<torch::jit::Graph> graph = module.get_method("forward").graph();
  torch::jit::Inline(*graph);
  rewriter.runOnGraph(graph);
}

torch::jit::Module load_network(const fs::path& file, c10::Device device, c10::ScalarType dtype,
                                const std::vector<c10::TypePtr>& inputs) {
  return with_context(ErrorKind::kModel, "cannot load '" + file.string() + "'", [&] {
    const c10::DeviceGuard guard(device);
    try {
      torch::jit::Module module = torch::jit::load(file.string(), c10::Device(c10::kCPU));
      check_signature(module, file.filename().string(), inputs);
      module.eval();
      convert(module, device, dtype);
      // Packages of the exporter sum weights beforehand; that depends on their final dtype. They
      // write into slices, which is left out where layouts are not to be trusted: it saves time
      // only.
      if (!device.is_mps() && module.find_method("prepare")) {
        with_context(ErrorKind::kModel, "its method 'prepare' failed on " + device.str(),
                     [&] { module.run_method("prepare"); });
      }
      if (device.is_cpu() && !cpu::fuse(module, dtype) && dtype == at::kFloat) {
        multiply_with_onednn(module);
      }
      return module;
    } catch (const std::exception& error) {
      const OutOfMemory verdict = out_of_memory(error);
      if (verdict == OutOfMemory::kNo) throw;
      throw Error(ErrorKind::kDevice,
                  out_of_memory_text(verdict, device.str(), gpu_architecture(device)));
    }
  });
}

class TorchScriptModel final : public DepthModel {
 public:
  TorchScriptModel(ModelInfo info, const fs::path& folder, c10::Device device,
                   c10::ScalarType dtype)
      : info_(std::move(info)),
        device_(device),
        dtype_(dtype),
        encoder_(load("encoder", 1, folder, {c10::TensorType::get()})),
        unet_(load("unet", info_.downscale, folder,
                   {c10::TensorType::get(), c10::IntType::get(), c10::IntType::get()})),
        decoder_(load("decoder", info_.downscale, folder, {c10::TensorType::get()})) {
    // cuDNN could measure its kernels and take the fastest: other ones, and other bytes, in the
    // next process, for a start that is 2 seconds slower and calls that are 0 to 5 % faster
    // (docs/benchmarks.md).
    if (device.is_cuda()) at::globalContext().setBenchmarkCuDNN(false);
  }

  const ModelInfo& info() const override { return info_; }
  c10::Device device() const override { return device_; }
  c10::ScalarType dtype() const override { return dtype_; }

  at::Tensor encode(const at::Tensor& rgb) override {
    const std::int64_t scale = info_.downscale;
    return run(encoder_, rgb, {info_.latent_channels, rgb.size(2) / scale, rgb.size(3) / scale})
        .to(dtype_);
  }

  at::Tensor denoise(const at::Tensor& sample, std::int64_t timestep, std::int64_t views) override {
    return run(unet_, sample, {info_.latent_channels, sample.size(2), sample.size(3)}, views,
               {timestep, views});
  }

  at::Tensor decode(const at::Tensor& latent) override {
    const std::int64_t scale = info_.downscale;
    return run(decoder_, latent, {1, latent.size(2) * scale, latent.size(3) * scale});
  }

  std::vector<std::string> take_warnings() override {
    std::vector<std::string> warnings;
    for (Network* const network : {&encoder_, &unet_, &decoder_}) {
      const std::int64_t frames = std::exchange(network->too_many_frames, 0);
      if (frames == 0) continue;
      warnings.push_back(std::string("out of memory on ") + device_.str() + " in the " +
                         network->name + " with " + std::to_string(frames) +
                         " frames at once; went on with " + std::to_string(network->fewer_frames));
    }
    return warnings;
  }

 private:
  Network load(const std::string& file, std::int64_t downscale, const fs::path& folder,
               const std::vector<c10::TypePtr>& inputs) const {
    const c10::ScalarType dtype = info_.network_dtype(file, dtype_);
    const char* const name = file == "unet" ? "UNet" : file == "encoder" ? "encoder" : "decoder";
    return {name, downscale, dtype, load_network(folder / (file + ".ts"), device_, dtype, inputs)};
  }

  // In one call, or where memory does not hold that, in calls of half as many frames and so on, of
  // `unit` frames at least; later calls begin with what worked. `output_shape`: of a frame.
  at::Tensor run(Network& network, const at::Tensor& frames,
                 const std::vector<std::int64_t>& output_shape, std::int64_t unit = 1,
                 const std::vector<c10::IValue>& settings = {}) {
    const std::vector<std::int64_t> frame_shape = frames[0].sizes().vec();
    if (std::exchange(network.frame_shape, frame_shape) != frame_shape) {
      network.most_frames = std::numeric_limits<std::int64_t>::max();
    }
    OutOfMemory verdict = OutOfMemory::kNo;
    for (;;) {
      const std::int64_t most = std::max(unit, network.most_frames / unit * unit);
      const std::int64_t count = std::min(frames.size(0), most);
      try {
        std::vector<at::Tensor> outputs;
        for (const at::Tensor& part : frames.split(count)) {
          outputs.push_back(forward(network, part, output_shape, unit, settings));
        }
        return outputs.size() == 1 ? outputs.front() : at::cat(outputs);
      } catch (const std::exception& error) {
        verdict = out_of_memory(error);
        if (verdict == OutOfMemory::kNo) fail_in(network, frames, count);
        if (count > unit) {
          network.too_many_frames = std::max(network.too_many_frames, count);
          network.most_frames = std::max<std::int64_t>(1, count / unit / 2) * unit;
          network.fewer_frames = network.most_frames;
          network.full.forget();
          // cuDNN and cuBLAS ask the driver, which does not know what the allocator could spare.
          if (device_.is_cuda()) at::getDeviceAllocator(device_.type())->emptyCache();
          continue;
        }
      }
      throw Error(ErrorKind::kDevice,
                  out_of_memory_text(verdict, device_.str(), gpu_architecture(device_)) +
                      " in the " + network.name + " with " + std::to_string(count) +
                      " frames at once; try a smaller --res",
                  Retry::kLater);
    }
  }

  // Nests what is being handled, which knows neither the network nor its input.
  [[noreturn]] void fail_in(const Network& network, const at::Tensor& frames,
                            std::int64_t count) const {
    const std::string size = std::to_string(frames.size(3) * network.downscale) + "x" +
                             std::to_string(frames.size(2) * network.downscale);
    std::throw_with_nested(
        Error(ErrorKind::kDevice, std::string("the ") + network.name + " failed on " +
                                      device_.str() + " with " + std::to_string(count) +
                                      (count == 1 ? " frame of " : " frames of ") + size));
  }

  at::Tensor filled_up(Network& network, const at::Tensor& frames, std::int64_t unit) const {
    if (!device_.is_cuda()) return frames;
    std::vector<std::int64_t> shape = frames.sizes().vec();
    shape[0] = network.full.frames_for(shape, unit) - shape[0];
    return shape[0] == 0 ? frames : at::cat({frames, frames.new_zeros(shape)});
  }

  at::Tensor forward(Network& network, const at::Tensor& frames,
                     const std::vector<std::int64_t>& output_shape, std::int64_t unit,
                     const std::vector<c10::IValue>& settings) {
    const c10::InferenceMode inference;
    const c10::DeviceGuard guard(device_);  // What has no tensor to go by takes the current GPU.
    // The optimising executor specialises to shapes anew whenever a batch has another size than the
    // one before: seconds each time, for nothing in networks made of convolutions. Thread-local.
    torch::jit::setGraphExecutorOptimize(false);
    const at::Tensor filled = filled_up(network, frames, unit);
    std::vector<c10::IValue> inputs{filled.to(network.dtype).contiguous(layout_on(device_))};
    inputs.insert(inputs.end(), settings.begin(), settings.end());
    const c10::IValue output = network.module.forward(std::move(inputs));
    // The first call on CPU packs weights, among maps that are freed since.
    if (device_.is_cpu() && !std::exchange(network.called, true)) give_back_freed_memory();
    std::vector<std::int64_t> expected = {filled.size(0)};
    expected.insert(expected.end(), output_shape.begin(), output_shape.end());
    check_output(output, expected);
    return filled.is_same(frames) ? output.toTensor()
                                  : output.toTensor().narrow(0, 0, frames.size(0));
  }

  // A package may hold any network.
  void check_output(const c10::IValue& output, c10::IntArrayRef expected) const {
    const auto refuse = [](const std::string& returned, const std::string& where) {
      throw Error(ErrorKind::kModel,
                  "it returned " + returned + " where " + where + " was expected");
    };
    if (!output.isTensor() || !output.toTensor().defined()) refuse(output.tagKind(), "a tensor");
    const at::Tensor& tensor = output.toTensor();
    if (tensor.sizes() != expected) {
      refuse("a tensor of shape " + c10::str(tensor.sizes()), c10::str(expected));
    }
    if (!tensor.is_floating_point() || tensor.layout() != at::kStrided) {
      refuse(std::string("a ") + c10::toString(tensor.scalar_type()) + " tensor of layout " +
                 c10::str(tensor.layout()),
             "floating-point, Strided");
    }
    if (tensor.device().type() != device_.type()) {
      refuse("a tensor on " + tensor.device().str(), "one on " + device_.str());
    }
  }

  ModelInfo info_;
  c10::Device device_;
  c10::ScalarType dtype_;
  Network encoder_;
  Network unet_;
  Network decoder_;
};

}  // namespace

std::unique_ptr<DepthModel> load_model(const fs::path& folder, c10::Device device,
                                       c10::ScalarType dtype, bool tf32) {
  if (device.is_cuda()) allow_tf32(tf32);
  const TraceSpan span("read", "load model");
  ModelInfo info = read_model_info(folder);
  std::future<void> hashes = std::async(std::launch::async, [&folder] {
    name_trace_thread("hash");
    const TraceSpan hashing("read", "hash model");
    verify_network_hashes(folder);
  });
  std::unique_ptr<DepthModel> model;
  try {
    model = std::make_unique<TorchScriptModel>(info, folder, device, dtype);
    if (device.is_mps()) {
      TorchScriptModel reference(info, folder, c10::Device(c10::kCPU), at::kFloat);
      check_against(*model, reference);
    }
  } catch (...) {
    hashes.get();  // That a file is damaged tells more than what became of reading it.
    throw;
  }
  hashes.get();
  return model;
}

}  // namespace rollingdepth

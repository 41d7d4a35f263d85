#include "nn/network.hpp"

#include <ATen/Context.h>
#include <ATen/DeviceAccelerator.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <ATen/ops/cat.h>
#include <c10/core/DeviceGuard.h>
#include <torch/csrc/jit/passes/inliner.h>
#include <torch/csrc/jit/passes/subgraph_rewrite.h>
#include <torch/csrc/jit/python/update_graph_executor_opt.h>
#include <torch/script.h>

#include <algorithm>
#include <exception>
#include <limits>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "nn/cpu/fuse.hpp"
#include "nn/cuda_devices.hpp"
#include "nn/device.hpp"
#include "nn/full_batch.hpp"
#include "nn/out_of_memory.hpp"
#include "rollingdepth/error.hpp"

namespace rollingdepth {
namespace {

namespace fs = std::filesystem;

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
    weight.set_data(weight.to(device, dtype, /*non_blocking=*/false,
                              /*copy=*/false, layout));
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
    // cuDNN could measure its kernels and take the fastest: other ones, and other bytes, in the
    // next process, for a start that is 2 seconds slower and calls that are 0 to 5 % faster
    // (docs/benchmarks.md).
    if (device.is_cuda()) at::globalContext().setBenchmarkCuDNN(false);
    // As a process finds it: forward() turns it off for good, and what is loaded then gets another
    // graph, and with it other bits, than what was loaded first. Thread-local.
    torch::jit::setGraphExecutorOptimize(true);
    try {
      torch::jit::Module module = torch::jit::load(file.string(), c10::Device(c10::kCPU));
      check_signature(module, file.filename().string(), inputs);
      module.eval();
      convert(module, device, dtype);
      // Packages of the exporter sum weights beforehand; that depends on their final dtype.
      // They write into slices, which is left out where layouts are not to be trusted: it saves
      // time only.
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

std::vector<c10::TypePtr> input_types(const NetworkFacts& facts) {
  std::vector<c10::TypePtr> types(facts.context ? 2 : 1, c10::TensorType::get());
  types.insert(types.end(), static_cast<std::size_t>(facts.settings), c10::IntType::get());
  return types;
}

// A package may hold any network.
void check_output(const c10::IValue& output, c10::IntArrayRef expected, c10::Device device) {
  const auto refuse = [](const std::string& returned, const std::string& where) {
    throw Error(ErrorKind::kModel, "it returned " + returned + " where " + where + " was expected",
                Retry::kNever);
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
  if (tensor.device().type() != device.type()) {
    refuse("a tensor on " + tensor.device().str(), "one on " + device.str());
  }
}

}  // namespace

/// The module, and what is known of its calls.
struct Network::State {
  NetworkFacts facts;
  c10::Device device;
  c10::ScalarType dtype;
  torch::jit::Module module;
  std::mutex mutex = {};                                                ///< Of what follows.
  std::int64_t most_frames = std::numeric_limits<std::int64_t>::max();  ///< That memory holds.
  std::vector<std::int64_t> frame_shape = {};  ///< Of the calls that this was found in.
  std::int64_t too_many_frames = 0;            ///< What memory did not hold, if not told yet,
  std::int64_t fewer_frames = 0;               ///< and what it held then.
  FullBatch full = {};
  bool called = false;

  // Nests what is being handled, which knows neither the network nor its input.
  [[noreturn]] void fail(const at::Tensor& frames, std::int64_t count) const {
    std::string size;
    if (frames.dim() == 4) {
      size = " of " + std::to_string(frames.size(3) * facts.downscale) + "x" +
             std::to_string(frames.size(2) * facts.downscale);
    }
    std::throw_with_nested(
        Error(ErrorKind::kDevice, "the " + facts.name + " failed on " + device.str() + " with " +
                                      std::to_string(count) + (count == 1 ? " frame" : " frames") +
                                      size));
  }

  // How many frames to take of so many.
  std::int64_t frames_for_call(const at::Tensor& frames, std::int64_t unit) {
    const std::vector<std::int64_t> shape = frames[0].sizes().vec();
    const std::lock_guard lock(mutex);
    if (std::exchange(frame_shape, shape) != shape) {
      most_frames = std::numeric_limits<std::int64_t>::max();
    }
    return std::min(frames.size(0), std::max(unit, most_frames / unit * unit));
  }

  // Later calls take half as many frames.
  void halve(std::int64_t count, std::int64_t unit) {
    const std::lock_guard lock(mutex);
    too_many_frames = std::max(too_many_frames, count);
    most_frames = std::max<std::int64_t>(1, count / unit / 2) * unit;
    fewer_frames = most_frames;
    full.forget();
    // cuDNN and cuBLAS ask the driver, which does not know what the allocator could spare.
    if (device.is_cuda()) at::getDeviceAllocator(device.type())->emptyCache();
  }

  at::Tensor filled_up(const at::Tensor& frames, std::int64_t unit) {
    if (!device.is_cuda() || facts.context) return frames;
    std::vector<std::int64_t> shape = frames.sizes().vec();
    const std::lock_guard lock(mutex);
    shape[0] = full.frames_for(shape, unit) - shape[0];
    return shape[0] == 0 ? frames : at::cat({frames, frames.new_zeros(shape)});
  }

  bool is_first_call() {
    const std::lock_guard lock(mutex);
    return !std::exchange(called, true);
  }

  [[nodiscard]] at::Tensor converted(const at::Tensor& tensor) const {
    const at::Tensor right = tensor.to(dtype);
    return right.dim() == 4 ? right.contiguous(layout_on(device)) : right.contiguous();
  }

  at::Tensor forward(const at::Tensor& frames, const std::vector<std::int64_t>& output_shape,
                     std::int64_t unit, const std::vector<std::int64_t>& settings,
                     const at::Tensor& context) {
    const c10::InferenceMode inference;
    const c10::DeviceGuard guard(device);  // What has no tensor to go by takes the current GPU.
    // The optimising executor specialises to shapes anew whenever a batch has another size than the
    // one before: seconds each time, for nothing in networks made of convolutions. Thread-local.
    torch::jit::setGraphExecutorOptimize(false);
    const at::Tensor filled = filled_up(frames, unit);
    std::vector<c10::IValue> inputs{converted(filled)};
    if (facts.context) inputs.emplace_back(converted(context));
    inputs.insert(inputs.end(), settings.begin(), settings.end());
    const c10::IValue output = module.forward(std::move(inputs));
    // The first call on CPU packs weights, among maps that are freed since.
    if (device.is_cpu() && is_first_call()) give_back_freed_memory();
    std::vector<std::int64_t> expected = {filled.size(0)};
    expected.insert(expected.end(), output_shape.begin(), output_shape.end());
    check_output(output, expected, device);
    return filled.is_same(frames) ? output.toTensor()
                                  : output.toTensor().narrow(0, 0, frames.size(0));
  }
};

Network::Network(NetworkFacts facts, const fs::path& file, c10::Device device,
                 c10::ScalarType dtype)
    : state_(new State{.facts = std::move(facts), .device = device, .dtype = dtype, .module = {}}) {
  state_->module = load_network(file, device, dtype, input_types(state_->facts));
}

Network::~Network() = default;
Network::Network(Network&&) noexcept = default;
Network& Network::operator=(Network&&) noexcept = default;

at::Tensor Network::run(const at::Tensor& frames, const std::vector<std::int64_t>& output_shape,
                        std::int64_t unit, const std::vector<std::int64_t>& settings,
                        const at::Tensor& context) {
  State& state = *state_;
  OutOfMemory verdict = OutOfMemory::kNo;
  for (;;) {
    const std::int64_t count = state.frames_for_call(frames, unit);
    try {
      std::vector<at::Tensor> outputs;
      for (const at::Tensor& part : frames.split(count)) {
        outputs.push_back(state.forward(part, output_shape, unit, settings, context));
      }
      return outputs.size() == 1 ? outputs.front() : at::cat(outputs);
    } catch (const std::exception& error) {
      verdict = out_of_memory(error);
      if (verdict == OutOfMemory::kNo) state.fail(frames, count);
      if (count > unit) {
        state.halve(count, unit);
        continue;
      }
    }
    throw Error(ErrorKind::kDevice,
                out_of_memory_text(verdict, state.device.str(), gpu_architecture(state.device)) +
                    " in the " + state.facts.name + " with " + std::to_string(count) +
                    " frames at once; try a smaller --res",
                Retry::kLater);
  }
}

std::string Network::take_warning() {
  const std::lock_guard lock(state_->mutex);
  const std::int64_t frames = std::exchange(state_->too_many_frames, 0);
  if (frames == 0) return {};
  return "out of memory on " + state_->device.str() + " in the " + state_->facts.name + " with " +
         std::to_string(frames) + " frames at once; went on with " +
         std::to_string(state_->fewer_frames);
}

std::vector<std::string> take_warnings(const std::vector<Network*>& networks) {
  std::vector<std::string> warnings;
  for (Network* const network : networks) {
    std::string warning = network->take_warning();
    if (!warning.empty()) warnings.push_back(std::move(warning));
  }
  return warnings;
}

}  // namespace rollingdepth

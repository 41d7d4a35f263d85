#pragma once

#include <ATen/core/Tensor.h>
#include <c10/core/Device.h>
#include <c10/core/ScalarType.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace rollingdepth {

/// What is known of a network before it is loaded.
struct NetworkFacts {
  std::string name;            ///< For messages: "encoder".
  std::int64_t downscale = 1;  ///< Pixels of a picture per cell of its input, for messages.
  int settings = 0;            ///< Whole numbers that forward() takes behind the tensors.
  /// Whether it takes a second tensor, which every frame sees; all frames of a call then belong
  /// together.
  bool context = false;
};

/// One TorchScript network, `forward(Tensor, int...) -> Tensor` or, with a context,
/// `forward(Tensor, Tensor, int...) -> Tensor`, whose first axis is a batch of frames: read,
/// converted and rewritten for its device, called in as large parts as memory holds. What fails in
/// it is said with the network's name and the cause. Thread-safe: on a CPU calls run side by side.
class Network {
 public:
  /// @param file  a TorchScript module; weights and buffers become `dtype`.
  /// @throws Error(kModel) for a file that is none, or of another signature; Error(kDevice) when
  ///         memory runs out.
  Network(NetworkFacts facts, const std::filesystem::path& file, c10::Device device,
          c10::ScalarType dtype);
  ~Network();
  Network(Network&&) noexcept;
  Network& operator=(Network&&) noexcept;

  /// Runs it in one call, or where memory does not hold that, in calls of half as many frames and
  /// so on, of `unit` frames at least; later calls begin with what worked.
  /// @param frames       [B, ...] any float dtype, the network's device; B a multiple of `unit`.
  /// @param output_shape of a frame.
  /// @param unit         frames that belong together.
  /// @param settings     as many as NetworkFacts says.
  /// @param context      where NetworkFacts says so: any float dtype, the network's device; all
  ///                     frames are then of one unit.
  /// @return [B, output_shape...], the network's own float dtype.
  /// @throws Error(kDevice) when memory runs out or the network fails; Error(kModel) where it
  ///         returns something else.
  at::Tensor run(const at::Tensor& frames, const std::vector<std::int64_t>& output_shape,
                 std::int64_t unit = 1, const std::vector<std::int64_t>& settings = {},
                 const at::Tensor& context = {});

  /// Calls that memory did not hold since the last time, one line for all; else empty.
  std::string take_warning();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Network::take_warning() of several, without those that have none.
std::vector<std::string> take_warnings(const std::vector<Network*>& networks);

}  // namespace rollingdepth

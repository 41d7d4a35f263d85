#pragma once

#include <ATen/core/Tensor.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace rollingdepth {

/// What model.json says of a network's file.
struct NetworkFileFacts {
  std::uintmax_t bytes = 0;
  std::string sha256;  ///< Lower-case.
};

/// Writes the file of a TorchScript network record by record: the same records in the same order
/// give the same bytes. Nothing but a record is in memory.
class NetworkFileWriter {
 public:
  /// @throws Error(kOutput).
  explicit NetworkFileWriter(const std::filesystem::path& file);
  ~NetworkFileWriter();
  NetworkFileWriter(const NetworkFileWriter&) = delete;
  NetworkFileWriter& operator=(const NetworkFileWriter&) = delete;

  /// @throws Error(kOutput), for example on a full disk.
  void write(const std::string& record, const void* bytes, std::size_t size);
  /// @throws Error(kOutput).
  NetworkFileFacts finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Runs a network once on the CPU as it is, or a part of it in float64, which gives the same
/// float32 on every processor.
/// @param part the name of a module within it; empty: all of it.
/// @return float32. @throws Error(kModel) where that fails.
at::Tensor run_network_part(const std::filesystem::path& file, const std::string& part,
                            const std::vector<at::Tensor>& arguments);

}  // namespace rollingdepth

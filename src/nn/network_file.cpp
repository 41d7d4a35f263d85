#include "nn/network_file.hpp"

#include <c10/core/InferenceMode.h>
#include <caffe2/serialize/inline_container.h>
#include <torch/script.h>

#include <exception>
#include <utility>

#include "base/file_descriptor.hpp"
#include "base/sha256.hpp"
#include "rollingdepth/error.hpp"

namespace rollingdepth {

using caffe2::serialize::PyTorchStreamWriter;

struct NetworkFileWriter::State {
  explicit State(const std::filesystem::path& path)
      : file(FileDescriptor::open_to_write(path)), archive([this](const void* bytes, size_t size) {
          take(bytes, size);
          return size;
        }) {}

  // PyTorch's archive calls through C, which no exception may cross.
  void take(const void* bytes, std::size_t size) noexcept {
    if (failure) return;
    try {
      file.write(bytes, size);
      hash.update(bytes, size);
      facts.bytes += size;
    } catch (...) {
      failure = std::current_exception();
    }
  }

  void check() const {
    if (failure) std::rethrow_exception(failure);
  }

  FileDescriptor file;
  Sha256 hash;
  NetworkFileFacts facts;
  std::exception_ptr failure;
  PyTorchStreamWriter archive;  // Uses those above.
};

NetworkFileWriter::NetworkFileWriter(const std::filesystem::path& file)
    : state_(std::make_unique<State>(file)) {}

NetworkFileWriter::~NetworkFileWriter() {
  if (state_->archive.finalized()) return;
  // Else its destructor warns on standard error; what it still writes is of no use to anybody.
  if (!state_->failure) state_->failure = std::make_exception_ptr(Cancelled());
  try {
    state_->archive.writeEndOfFile();
  } catch (...) {
    // The file is incomplete in any case.
  }
}

void NetworkFileWriter::write(const std::string& record, const void* bytes, std::size_t size) {
  state_->archive.writeRecord(record, bytes, size);
  state_->check();
}

NetworkFileFacts NetworkFileWriter::finish() {
  state_->archive.writeEndOfFile();
  state_->check();
  state_->file.close();
  state_->facts.sha256 = state_->hash.hex();
  return state_->facts;
}

at::Tensor run_network_part(const std::filesystem::path& file, const std::string& part,
                            const std::vector<at::Tensor>& arguments) {
  const std::string name =
      part.empty() ? file.filename().string() : "'" + part + "' of " + file.filename().string();
  return with_context(ErrorKind::kModel, "cannot run " + name, [&] {
    const c10::InferenceMode inference;
    torch::jit::Module module = torch::jit::load(file.string(), c10::Device(c10::kCPU));
    module.eval();
    std::vector<c10::IValue> inputs(arguments.begin(), arguments.end());
    if (!part.empty()) {
      module = module.attr(part).toModule();
      module.to(at::kDouble);
      for (c10::IValue& input : inputs) input = input.toTensor().to(at::kDouble);
    }
    return module.forward(std::move(inputs)).toTensor().to(at::kFloat);
  });
}

}  // namespace rollingdepth

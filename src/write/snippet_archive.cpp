#include "write/snippet_archive.hpp"

#include <ATen/core/Tensor.h>
#include <ATen/ops/tensor.h>

#include <set>
#include <string>

#include "media/npy_header.hpp"
#include "rollingdepth/error.hpp"
#include "store/map_store.hpp"
#include "write/npz_writer.hpp"

namespace rollingdepth {
namespace {

class NpzArchive final : public SnippetArchive {
 public:
  // Depth hardly compresses, and numpy reads stored entries fastest.
  explicit NpzArchive(const std::filesystem::path& file)
      : writer_(file, NpzWriter::Packing::kStored) {}

  void write(const std::vector<SpooledSnippets>& snippets) override {
    std::vector<std::int64_t> dilations;
    std::set<std::int64_t> stored;
    for (const SpooledSnippets& entry : snippets) {
      const std::int64_t dilation = entry.plan.dilation;
      dilations.push_back(dilation);
      if (!stored.insert(dilation).second) continue;
      const MapStore& maps = *entry.maps;
      begin("dilation" + std::to_string(dilation), at::kFloat, maps.shape());
      for (std::int64_t k = 0; k < maps.shape().front(); ++k) write(maps.read(k));
    }
    const at::Tensor listed = at::tensor(dilations);
    begin("dilations", at::kLong, listed.sizes());
    write(listed);
    writer_.close();
    written_ = true;
  }

  void finish() override {
    if (!written_) {
      throw Error(ErrorKind::kFailed,
                  "cannot write " + writer_.file().string() + ": no snippets came");
    }
    writer_.finish();
  }

 private:
  void begin(const std::string& array, at::ScalarType dtype, at::IntArrayRef shape) {
    const std::string header = npy_header(dtype, shape);
    const auto values = static_cast<std::uint64_t>(c10::multiply_integers(shape));
    writer_.begin(array + ".npy", header.size() + c10::elementSize(dtype) * values);
    writer_.write(header.data(), header.size());
  }

  void write(const at::Tensor& values) { writer_.write(values.const_data_ptr(), values.nbytes()); }

  NpzWriter writer_;
  bool written_ = false;
};

}  // namespace

std::unique_ptr<SnippetArchive> make_snippet_archive(const std::filesystem::path& file) {
  return std::make_unique<NpzArchive>(file);
}

}  // namespace rollingdepth

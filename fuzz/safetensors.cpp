// The weights of a network: the first byte says whether the rest is the only file or an index.
#include "checkpoint/safetensors.hpp"

#include <string>

#include "scratch_folder.hpp"

namespace {

using rollingdepth::fuzz::scratch;

// What indices of the corpus name: of each, one tensor of three numbers.
void write_parts() {
  for (const char name : {'a', 'b'}) {
    const std::string header =
        std::string("{\"") + name + R"(":{"dtype":"F16","shape":[3],"data_offsets":[0,6]}})";
    std::string bytes(8, '\0');
    bytes[0] = static_cast<char>(header.size());
    bytes += header;
    bytes += "\1\2\3\4\5\6";
    (void)scratch().file(std::string(1, name),
                         {reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()});
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace rollingdepth;
  static const bool written = (write_parts(), true);
  if (size == 0 || !written) return 0;
  const bool single = bytes[0] % 2 == 0;
  (void)scratch().file(single ? "one.safetensors" : "many.safetensors.index.json",
                       {bytes + 1, size - 1});
  fuzz::reading([single] {
    const auto file = open_safetensors(scratch().path(), single ? "one" : "many");
    for (const auto& [name, tensor] : file->tensors()) (void)file->read(name);
  });
  return 0;
}

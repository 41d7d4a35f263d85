// A checkpoint of PyTorch. The first byte says what the rest is: a pickle, a whole file, or the
// pickle of a file whose checksums fit, past which no chance would come.
#include "checkpoint/pickle.hpp"

#include <string>
#include <string_view>

#include "checkpoint/pth_file.hpp"
#include "scratch_folder.hpp"
#include "zip_bytes.hpp"

namespace {

using namespace rollingdepth;

void read_all(std::string_view file) {
  const auto path = fuzz::scratch().file(
      "network.pth", {reinterpret_cast<const std::uint8_t*>(file.data()), file.size()});
  fuzz::reading([&] {
    const auto tensors = open_pth(path);
    for (const auto& [name, tensor] : tensors->tensors()) (void)tensors->read(name);
  });
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view rest(reinterpret_cast<const char*>(bytes) + 1, size - 1);
  switch (bytes[0] % 3) {
    case 0:
      fuzz::reading([&] { (void)read_pickled_tensors(rest); });
      break;
    case 1:
      read_all(rest);
      break;
    default: {
      // 16 floats, or other numbers of as many bytes.
      const std::string numbers =
          "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
      read_all(testing::zip_bytes({{.name = "n/data.pkl", .bytes = std::string(rest)},
                                   {.name = "n/data/0", .bytes = numbers},
                                   {.name = "n/data/1", .bytes = numbers}}));
    }
  }
  return 0;
}

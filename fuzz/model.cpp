// The model.json of a package, whose networks are empty files.
#include "method/rolling_depth/model.hpp"

#include "method/gemdepth/model.hpp"
#include "method/video_depth_anything/model.hpp"
#include "nn/package.hpp"
#include "scratch_folder.hpp"

namespace {

bool make_networks() {
  using namespace rollingdepth;
  for (const auto& names :
       {rolling_depth_networks(), vda::network_names(), gemdepth::network_names(/*pose=*/true)}) {
    for (const std::string& name : names) (void)fuzz::scratch().file(name + ".ts", {});
  }
  return true;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace rollingdepth;
  [[maybe_unused]] static const bool made = make_networks();
  (void)fuzz::scratch().file("model.json", {bytes, size});
  fuzz::reading([] {
    const Package package = open_package(fuzz::scratch().path());
    fuzz::reading([&] { (void)model_info_of(package); });
    fuzz::reading([&] { (void)vda::read_info(package); });
    (void)gemdepth::read_info(package);
  });
  return 0;
}

// The manifest.json of an unfinished clip.
#include "jobs/job_manifest.hpp"
#include "sealed_file.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace rollingdepth;
  fuzz::write_sealed_bytes("manifest.json", bytes, size);
  fuzz::reading([] { (void)read_manifest(fuzz::scratch().path()); });
  return 0;
}

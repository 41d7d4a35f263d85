// The plan.json of a clip for many machines, and the note of one of them.
#include "jobs/job_plan.hpp"
#include "jobs/shard_notes.hpp"
#include "sealed_file.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace rollingdepth;
  for (const char* name : {"plan.json", "shard-1.json"}) {
    fuzz::write_sealed_bytes(name, bytes, size);
  }
  fuzz::reading([] { (void)read_plan(fuzz::scratch().path()); });
  fuzz::reading([] {
    for (const ShardNote& note : read_notes(fuzz::scratch().path())) {
      (void)has_ended_here(note.writer);
    }
  });
  return 0;
}

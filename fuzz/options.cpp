// Words that options take, and a file of options: the first byte chooses among them.
#include <array>
#include <string>

#include "app/option_sources.hpp"
#include "app/option_table.hpp"
#include "app/option_values.hpp"
#include "base/byte_size.hpp"
#include "jobs/shard.hpp"
#include "live/target_address.hpp"
#include "scratch_folder.hpp"

namespace {

using namespace rollingdepth;

void read_file(const std::string& text) {
  const auto path = fuzz::scratch().file(
      "options.toml", {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
  OptionFile file(path, "");
  (void)file.take("--quality");
  file.require_all_taken({"--quality", "--res"});
}

void read_numbers(const std::string& word) {
  fuzz::reading([&] { (void)parse_whole_number("--res", word); });
  fuzz::reading([&] { (void)parse_real_number("--png-scale", word); });
  fuzz::reading([&] { (void)parse_dilations({word}); });
  fuzz::reading([&] { (void)parse_workers(word); });
  fuzz::reading([&] { (void)parse_frame_rate("--fps", word); });
  fuzz::reading([&] { (void)parse_real_numbers("--scale-at", word, 4, "frame,x,y,metres"); });
  fuzz::reading([&] { (void)parse_bytes(word); });
  fuzz::reading([&] { (void)parse_shard(word); });
}

// A line that is written reads as the same words.
void write_line(const std::string& word) {
  (void)option_line("--quality", {word}, false);
  (void)option_line("--input", split_words(word), true);
}

// As after `rollingdepth`: several words, strictly.
void read_command(const std::string& text) {
  OptionTable table({.description = "", .usage = "", .footer = {}, .command = {}});
  std::int64_t res = 0;
  double scale = 1;
  bool audio = false;
  table.number("--res", res, "");
  table.real("--png-scale", scale, "");
  table.boolean("--audio", audio, "");
  table.many("-i,--input", "FILE", "", "", [](const std::vector<std::string>&) {});
  const auto left = table.parse(split_words(text), OptionSources::none());
  if (left) refuse_leftovers(*left, table);
  (void)table.as_words();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  constexpr std::array kReaders = {
      &read_numbers, &read_file, &write_line, &read_command,
      +[](const std::string& word) { (void)live::parse_target(word); }};
  if (size < 1) return -1;
  const auto read = kReaders[bytes[0] % kReaders.size()];
  const std::string word(reinterpret_cast<const char*>(bytes) + 1, size - 1);
  fuzz::reading([&] { read(word); });
  return 0;
}

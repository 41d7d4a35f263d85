#include "checkpoint/template.hpp"

#include <archive.h>
#include <archive_entry.h>

#include <algorithm>
#include <array>
#include <memory>
#include <new>
#include <set>
#include <string_view>
#include <utility>

#include "base/byte_size.hpp"
#include "base/json_reader.hpp"
#include "checkpoint/foreign_bytes.hpp"
#include "rollingdepth/error.hpp"

namespace rollingdepth {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using nlohmann::ordered_json;

constexpr int kFormatVersion = 1;
constexpr const char* kFile = "template.tar.xz";
constexpr const char* kDocument = "template.json";
constexpr std::size_t kMaxBytes = 256 << 20;         // Unpacked; ours have up to 3 MB.
constexpr std::size_t kMaxFiles = 10'000;            // Ours have up to some hundred.
constexpr std::int64_t kMaxWeightNumbers = 1 << 29;  // Ours have up to 51 million.

using Files = std::map<std::string, std::string>;

[[noreturn]] void refuse(const std::string& why) { throw Error(ErrorKind::kModel, why); }

[[noreturn]] void refuse_size() {
  refuse("it holds more than " + format_bytes(static_cast<double>(kMaxBytes)) + " or " +
         std::to_string(kMaxFiles) + " files");
}

struct CloseArchive {
  void operator()(archive* reader) const noexcept { archive_read_free(reader); }
};
using ArchiveReader = std::unique_ptr<archive, CloseArchive>;

[[noreturn]] void refuse_archive(archive* reader) {
  const char* why = archive_error_string(reader);
  refuse(why != nullptr ? why : "it cannot be unpacked");
}

ArchiveReader open_archive(const fs::path& file) {
  ArchiveReader reader(archive_read_new());
  if (!reader || archive_read_support_filter_xz(reader.get()) != ARCHIVE_OK ||
      archive_read_support_format_tar(reader.get()) != ARCHIVE_OK) {
    throw std::bad_alloc();
  }
  constexpr std::size_t kBlockBytes = 1 << 16;
  if (archive_read_open_filename(reader.get(), file.c_str(), kBlockBytes) != ARCHIVE_OK) {
    refuse_archive(reader.get());
  }
  return reader;
}

std::string read_entry(archive* reader, std::size_t most) {
  std::string content;
  std::array<char, 1 << 16> buffer{};
  for (;;) {
    const la_ssize_t got = archive_read_data(reader, buffer.data(), buffer.size());
    if (got < 0) refuse_archive(reader);
    if (got == 0) return content;
    content.append(buffer.data(), static_cast<std::size_t>(got));
    if (content.size() > most) refuse_size();
  }
}

Files unpack(const fs::path& file) {
  const ArchiveReader reader = open_archive(file);
  Files files;
  std::size_t left = kMaxBytes;
  std::size_t count = 0;
  for (;;) {
    archive_entry* entry = nullptr;
    const int code = archive_read_next_header(reader.get(), &entry);
    if (code == ARCHIVE_EOF) return files;
    if (code < ARCHIVE_WARN) refuse_archive(reader.get());
    const char* const path = archive_entry_pathname(entry);
    const std::string name = path != nullptr ? path : "";
    // A million of empty files is small where it is packed.
    if (++count > kMaxFiles || name.size() > left) refuse_size();
    left -= name.size();
    std::string content = read_entry(reader.get(), left);
    left -= content.size();
    files.insert_or_assign(name, std::move(content));
  }
}

c10::ScalarType parse_dtype(const std::string& name) {
  if (name == "float32") return at::kFloat;
  if (name == "float16") return at::kHalf;
  refuse("it has weights of the dtype '" + name + "', which is not known");
}

std::vector<std::int64_t> parse_shape(const json& document) {
  auto shape = json_value<std::vector<std::int64_t>>(document);
  const auto numbers = numbers_in(shape);
  if (!numbers || *numbers > kMaxWeightNumbers) {
    refuse("it has a weight of the shape " + document.dump() + ", which no network has");
  }
  return shape;
}

/// Who unpacks a network's file makes files of its records.
bool is_record_name(const std::string& name) {
  const fs::path path(name);
  return path.has_filename() && path.is_relative() && path.lexically_normal() == path &&
         *path.begin() != "..";
}

TemplateRecord parse_record(const json& document, std::size_t blobs) {
  TemplateRecord record;
  record.name = document.at("name").get<std::string>();
  if (!is_record_name(record.name)) refuse("'" + record.name + "' is no name of a record");
  if (document.contains("blob")) {
    record.blob = json_whole_number<std::size_t>(document.at("blob"));
    if (*record.blob >= blobs) refuse("a record of it is missing");
    return record;
  }
  record.recipe = document.at("recipe");
  record.shape = parse_shape(document.at("shape"));
  record.dtype = parse_dtype(document.at("dtype").get<std::string>());
  return record;
}

NetworkTemplate parse_network(const std::string& name, const ordered_json& document,
                              std::size_t blobs) {
  // It becomes the name of a file.
  if (name.empty() || name.find('/') != std::string::npos || name.front() == '.') {
    refuse("'" + name + "' is no name of a network");
  }
  NetworkTemplate network{.name = name, .records = {}};
  for (const auto& [dtype, records] : document.items()) {
    std::vector<TemplateRecord>& list = network.records[parse_dtype(dtype)];
    std::set<std::string> names;
    for (const json record : records) {
      list.push_back(parse_record(record, blobs));
      if (!names.insert(list.back().name).second) {
        refuse("it has two records '" + list.back().name + "' of network '" + name + "'");
      }
    }
  }
  if (network.records.empty()) refuse("network '" + name + "' has no records");
  return network;
}

Template parse_template(const ordered_json& document, std::vector<std::string> blobs) {
  if (const int version = json_value<int>(document.at("format_version"));
      version != kFormatVersion) {
    refuse("it has format version " + std::to_string(version) + ", this program reads version " +
           std::to_string(kFormatVersion));
  }
  Template found;
  found.title = document.at("title").get<std::string>();
  found.model = document.at("model");
  if (!document.at("default_dtype").is_null()) {
    found.default_dtype = parse_dtype(document.at("default_dtype").get<std::string>());
  }
  found.conditions = document.at("conditions");
  found.copied = document.at("copied");
  found.unused = document.at("unused").get<std::vector<std::string>>();
  for (const auto& [name, shape] : document.at("weights").items()) {
    found.weights[name] = parse_shape(shape);
  }
  const auto left_out = document.at("left_out").get<std::vector<std::string>>();
  for (const auto& [name, network] : document.at("networks").items()) {
    found.networks.push_back(parse_network(name, network, blobs.size()));
    found.networks.back().kept =
        std::find(left_out.begin(), left_out.end(), name) == left_out.end();
  }
  found.blobs = std::move(blobs);
  return found;
}

Template parse_files(Files files) {
  const auto document = files.find(kDocument);
  if (document == files.end()) refuse(std::string("it holds no ") + kDocument);
  const auto parsed = parse_json<ordered_json>(document->second);
  std::vector<std::string> blobs;
  for (auto blob = files.find("0"); blob != files.end();
       blob = files.find(std::to_string(blobs.size()))) {
    blobs.push_back(std::move(blob->second));
  }
  return parse_template(parsed, std::move(blobs));
}

}  // namespace

std::string Template::kind() const { return model.value("kind", std::string()); }

Template read_template(const fs::path& folder) {
  const fs::path file = folder / kFile;
  return with_context(ErrorKind::kModel, "cannot use the template " + folder.string(), [&] {
    if (!fs::is_regular_file(file)) refuse(std::string("it holds no ") + kFile);
    try {
      return parse_files(unpack(file));
    } catch (const JsonError& error) {
      refuse(std::string(kDocument) + ": " + error.what());
    } catch (const json::exception& error) {
      refuse(std::string(kDocument) + ": " + error.what());
    }
  });
}

std::vector<fs::path> find_templates(const std::vector<fs::path>& places) {
  std::vector<fs::path> found;
  for (const fs::path& place : places) {
    const auto first = static_cast<std::ptrdiff_t>(found.size());
    std::error_code ignored;
    for (const auto& entry : fs::directory_iterator(place, ignored)) {
      if (fs::exists(entry.path() / kFile, ignored)) found.push_back(entry.path());
    }
    std::sort(found.begin() + first, found.end());
  }
  return found;
}

}  // namespace rollingdepth

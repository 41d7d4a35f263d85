#include "jobs/sealed_json.hpp"

#include <xxhash.h>

#include <system_error>
#include <utility>

#include "base/file_descriptor.hpp"
#include "base/formatted.hpp"
#include "base/json_reader.hpp"
#include "jobs/job_identity.hpp"
#include "rollingdepth/error.hpp"

namespace rollingdepth {
namespace {

namespace fs = std::filesystem;

constexpr const char* kChecksum = "checksum";

[[noreturn]] void refuse(const std::string& name, const std::string& why) {
  throw Error(ErrorKind::kOutput, "its " + name + " " + why);
}

// Of all keys but its own, in their order; line breaks and blanks do not count.
std::string checksum_of(JobIdentity manifest) {
  manifest.erase(kChecksum);
  const std::string text = manifest.dump(-1, ' ', false, JobIdentity::error_handler_t::replace);
  return hexadecimal(XXH3_64bits(text.data(), text.size()));
}

}  // namespace

std::string hexadecimal(std::uint64_t value) {
  return formatted("%016llx", static_cast<unsigned long long>(value));
}

void seal(Settings& json) { json[kChecksum] = checksum_of(json); }

std::optional<Settings> read_sealed(const fs::path& job_folder, const std::string& name,
                                    int format) {
  const fs::path file = job_folder / name;
  std::error_code ignored;
  const fs::file_status status = fs::symlink_status(file, ignored);
  if (status.type() == fs::file_type::not_found) return std::nullopt;
  if (status.type() != fs::file_type::regular) refuse(name, "is no plain file");
  try {
    auto json = read_json<Settings>(file);
    const int found = json_value<int>(json.at("format"));
    if (found != format) {
      refuse(name, "has format " + std::to_string(found) +
                       ", and this version goes on with format " + std::to_string(format) +
                       " only");
    }
    if (json.at(kChecksum).get<std::string>() != checksum_of(json)) {
      refuse(name, "was damaged or changed: its checksum does not fit");
    }
    return json;
  } catch (const JsonError&) {
    refuse(name, "is damaged");
  } catch (const Error&) {
    throw;
  } catch (const std::exception&) {
    refuse(name, "is damaged");
  }
}

std::string name_while_written(const std::string& name) {
  return fs::path(name).stem().string() + ".new" + fs::path(name).extension().string();
}

void write_sealed(const fs::path& job_folder, const std::string& name, Settings json) {
  seal(json);
  const std::string text = json.dump(2, ' ', false, Settings::error_handler_t::replace);
  const fs::path partial = job_folder / name_while_written(name);
  FileDescriptor file = FileDescriptor::open_to_write(partial);
  file.write(text.data(), text.size());
  file.sync();
  file.close();
  std::error_code problem;
  fs::rename(partial, job_folder / name, problem);
  if (problem) {
    throw Error(ErrorKind::kOutput,
                "cannot write " + (job_folder / name).string() + ": " + problem.message(),
                retry_after(problem.value()));
  }
}

std::string escaped(const std::string& path) {
  std::string text;
  for (const char c : path) {
    const auto byte = static_cast<unsigned char>(c);
    text += byte < 0x20 || byte >= 0x7f || c == '%' ? formatted("%%%02X", byte) : std::string(1, c);
  }
  return text;
}

std::string unescaped(const std::string& text) {
  std::string path;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool stands_for_a_byte = text[i] == '%' && i + 2 < text.size();
    path += stands_for_a_byte ? static_cast<char>(std::stoi(text.substr(i + 1, 2), nullptr, 16))
                              : text[i];
    if (stands_for_a_byte) i += 2;
  }
  return path;
}

}  // namespace rollingdepth

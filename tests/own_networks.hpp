#pragma once

#include <gtest/gtest.h>
#include <openssl/sha.h>
#include <torch/script.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <string>

#include "base/formatted.hpp"
#include "reference_model.hpp"
#include "temporary_folder.hpp"

namespace rollingdepth::testing {

inline std::string sha256_of(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(stream), {}};
  std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
  SHA256(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), digest.data());
  std::string text;
  for (const unsigned char byte : digest) text += formatted("%02x", byte);
  return text;
}

/// A package with networks of its own, written as TorchScript.
class OwnNetworks : public ::testing::Test {
 protected:
  /// @param original of which it begins as a copy.
  explicit OwnNetworks(const std::filesystem::path& original = reference_package("b")) {
    std::filesystem::copy(original, package_);
  }

  nlohmann::json document() const {
    std::ifstream stream(package_ / "model.json");
    return nlohmann::json::parse(stream);
  }
  void replace_document(const nlohmann::json& document) const {
    std::ofstream(package_ / "model.json") << document.dump(2);
  }
  void replace(const std::string& name, const std::string& code) const {
    const std::filesystem::path file = package_ / name;
    torch::jit::Module module(name.substr(0, name.find('.')));
    module.define(code);
    module.save(file.string());
    nlohmann::json changed = document();
    changed["files"][name] = {{"bytes", std::filesystem::file_size(file)},
                              {"sha256", sha256_of(file)}};
    replace_document(changed);
  }

  TemporaryFolder folder_;
  std::filesystem::path package_ = folder_ / "package";
};

}  // namespace rollingdepth::testing

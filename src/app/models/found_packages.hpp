#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "app/model_search.hpp"

namespace rollingdepth {

/// A model package in one of the places where models are looked for.
struct FoundPackage {
  std::filesystem::path folder;
  std::string name;     ///< As model.json has it; of the folder where that cannot be read.
  std::string kind;     ///< Empty where model.json cannot be read, as are the others.
  std::string license;  ///< Of the weights.
  std::string source;
  std::string notice;
  std::uintmax_t bytes = 0;
  bool is_default = false;  ///< What a run takes without --checkpoint.
  std::string fault;        ///< Why it cannot be loaded; empty where nothing speaks against it.
};

/// All packages of all places, in the order in which they are looked for. Files of networks are
/// there and have their sizes, else that is a fault; their hashes are not compared.
std::vector<FoundPackage> found_packages(const ModelPlaces& places);

}  // namespace rollingdepth

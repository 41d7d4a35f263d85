#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "method/depth_method.hpp"
#include "method/rolling_depth/options.hpp"

namespace rollingdepth {

/// The options of every method; a package takes those of its own.
struct MethodOptions {
  RollingDepthOptions rolling_depth;
};

/// The kinds of packages that there are methods for.
std::vector<std::string> method_kinds();

/// The method whose networks the package holds, as model.json's `kind` says; not loaded yet.
/// @throws Error(kModel) naming the folder and what is wrong with it; Error(kUsage) for options
///         out of range, or for which the model was not made.
std::unique_ptr<DepthMethod> make_method(const std::filesystem::path& package,
                                         const MethodOptions& options);

/// The same with its networks loaded, for programs that do not know the methods.
/// @param settings by the names that DepthMethod::settings() gives them; those that are left out
///                 have the values of the preset "fast" and of model.json.
/// @param device   auto, cpu, cuda, cuda:N or mps. @param dtype auto, fp32, fp16 or bf16.
/// @throws Error(kUsage) naming a setting that the method does not have or take; Error(kModel),
///         Error(kDevice).
std::unique_ptr<DepthMethod> load_method(const std::filesystem::path& package,
                                         const Settings& settings = Settings::object(),
                                         std::string_view device = "auto",
                                         std::string_view dtype = "auto");

}  // namespace rollingdepth

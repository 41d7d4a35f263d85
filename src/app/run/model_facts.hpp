#pragma once

#include <filesystem>
#include <memory>

#include "app/console.hpp"
#include "app/run/options.hpp"
#include "app/run/run_plan.hpp"

namespace rollingdepth {

/// What the outputs of all inputs of a run depend on.
struct ModelFacts {
  std::filesystem::path package;
  PlannedNetworks networks;
  ResolvedOptions resolved;
  std::unique_ptr<DepthMethod> method;  ///< Not loaded.
};

/// Chooses devices, package and method, and sets the threads of the process; says on `console` why
/// `auto` takes no GPU. @throws Error(kUsage) for options that do not go with them; Error(kModel),
/// Error(kDevice).
ModelFacts choose_model(const RunOptions& options, Console& console);

}  // namespace rollingdepth

#pragma once

#include <span>
#include <string>
#include <string_view>

namespace rollingdepth {

/// A checkpoint that its authors publish, and what is known of it: docs/models.md and
/// docs/choosing.md. Nothing of this was asked of a server.
struct KnownCheckpoint {
  std::string_view name;    ///< Of the package in the commands.
  std::string_view method;  ///< `kind` of a package made from it.
  std::string_view values;  ///< What its depth is.
  double weights_millions;
  std::string_view license;   ///< Of the weights; empty: unknown.
  std::string_view page;      ///< Where its authors speak of it.
  std::string_view download;  ///< The command that fetches it; empty: the page says how.
  std::string_view file;      ///< What that leaves in the current folder.
};

std::span<const KnownCheckpoint> known_checkpoints();

/// "rollingdepth import FILE my-models/NAME".
std::string import_command(const KnownCheckpoint& checkpoint);

}  // namespace rollingdepth

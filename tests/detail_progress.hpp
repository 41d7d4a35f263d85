#pragma once

#include <string>
#include <vector>

#include "rollingdepth/progress.hpp"

namespace rollingdepth::testing {

/// Keeps what is told to those who look closely.
class DetailProgress final : public Progress {
 public:
  void begin(std::string_view, std::int64_t, std::string_view) override {}
  void advance(std::int64_t) override {}
  void end(std::string_view) override {}
  void warn(const std::string&) override {}
  void detail(const std::string& message) override { details.push_back(message); }
  void check_cancelled() override {}

  std::vector<std::string> details;
};

}  // namespace rollingdepth::testing

#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "rollingdepth/error.hpp"
#include "rollingdepth/progress.hpp"

namespace rollingdepth::testing {

/// Notes what it is told, and stops the run after `checks_left` of the places where it may be
/// stopped; -1: never.
class StoppingProgress : public Progress {
 public:
  explicit StoppingProgress(int checks_left = -1) : checks_left_(checks_left) {}
  void begin(std::string_view, std::int64_t, std::string_view) override {}
  void advance(std::int64_t done) override { told = done; }
  void end(std::string_view) override {}
  void warn(const std::string& message) override { warnings.push_back(message); }
  void check_cancelled() override {
    ++checks;
    if (checks_left_-- == 0) throw Cancelled();
  }

  int checks = 0;
  std::int64_t told = 0;  ///< Units done.
  std::vector<std::string> warnings;

 private:
  int checks_left_;
};

}  // namespace rollingdepth::testing

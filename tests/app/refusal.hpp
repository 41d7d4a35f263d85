#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <ostream>
#include <string>
#include <vector>

#include "program.hpp"

namespace rollingdepth::testing {

/// A call of the program that has to fail.
struct Refusal {
  std::string name;
  std::vector<std::string> arguments;  ///< Behind the sub-command.
  int exit_code = 2;
  std::string said;  ///< Part of the error.
};
inline void PrintTo(const Refusal& refusal, std::ostream* out) { *out << refusal.name; }

inline std::vector<std::string> errors_in(const ProgramResult& result) {
  std::vector<std::string> errors;
  for (const std::string& line : lines_of(result.err)) {
    if (line.find("error: ") != std::string::npos) errors.push_back(line);
  }
  return errors;
}

/// Expects one error on standard error, nothing on standard output, the exit code, and nothing new
/// in `folder`, which becomes the working directory.
inline void expect_refused(const TemporaryFolder& folder, const std::string& command,
                           const Refusal& refusal) {
  std::vector<std::string> words = {command};
  words.insert(words.end(), refusal.arguments.begin(), refusal.arguments.end());
  const auto files = [&] {
    std::vector<std::string> names = files_below(folder.path());
    std::erase_if(names, [](const std::string& name) { return name.starts_with(".std"); });
    return names;
  };
  const std::vector<std::string> before = files();
  const ProgramResult result = run_program(folder.path(), words);
  EXPECT_EQ(result.exit_code, refusal.exit_code) << result.err;
  EXPECT_THAT(result.out, ::testing::IsEmpty());
  EXPECT_THAT(errors_in(result), ::testing::ElementsAre(::testing::HasSubstr(refusal.said)))
      << result.err;
  EXPECT_EQ(files(), before);
}

}  // namespace rollingdepth::testing

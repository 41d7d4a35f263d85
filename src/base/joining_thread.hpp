#pragma once

#include <thread>
#include <utility>

namespace rollingdepth {

/// A thread that is waited for where it goes out of scope: std::jthread, which the C++ library of
/// macOS lacks, without its stop token.
class JoiningThread {
 public:
  JoiningThread() = default;
  template <class Work>
  explicit JoiningThread(Work&& work) : thread_(std::forward<Work>(work)) {}
  ~JoiningThread() {
    if (thread_.joinable()) thread_.join();
  }
  JoiningThread(JoiningThread&&) = default;
  /// REQUIRES: no thread runs yet in the one assigned to.
  JoiningThread& operator=(JoiningThread&&) = default;
  JoiningThread(const JoiningThread&) = delete;
  JoiningThread& operator=(const JoiningThread&) = delete;

  [[nodiscard]] bool joinable() const { return thread_.joinable(); }

 private:
  std::thread thread_;
};

}  // namespace rollingdepth

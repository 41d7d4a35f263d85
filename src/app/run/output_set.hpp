#pragma once

#include <atomic>
#include <deque>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "merge/spooled_snippets.hpp"
#include "rollingdepth/clip.hpp"

namespace rollingdepth {

/// The outputs of one input, none of which stops the others: what one of them throws is kept, its
/// unfinished file goes, and the rest is written. Passed on are Cancelled, a full disk and memory
/// that is not enough, which would stop the others too and can pass, and the failure of the last
/// output that is left. Not thread-safe, but for sinks, which may work on a thread each.
class OutputSet {
 public:
  /// An output that could not be made.
  struct Failure {
    std::filesystem::path file;
    std::string why;
  };

  void add(const std::filesystem::path& file, std::unique_ptr<DepthSink> sink);
  void add(const std::filesystem::path& file, std::unique_ptr<SnippetArchive> archive);
  /// A file that `write` makes as a whole, in finish().
  void add(const std::filesystem::path& file, std::function<void()> write);

  /// Borrowed until finish().
  [[nodiscard]] std::vector<DepthSink*> sinks() const;
  /// Borrowed until finish(); null where there is none.
  [[nodiscard]] SnippetArchive* archive() const { return archive_.get(); }
  /// Gives every file its name.
  void finish();
  /// Final after finish().
  [[nodiscard]] std::vector<Failure> failures() const;
  /// DepthSink::remarks() of all; final after finish().
  [[nodiscard]] std::vector<std::string> remarks() const;

 private:
  // What became of one output. Its steps run one after the other, on whatever thread.
  class Guard {
   public:
    Guard(std::filesystem::path file, std::atomic<int>& left)
        : file_(std::move(file)), left_(left) {}
    /// @return whether there is nothing against a next step.
    bool attempt(const std::function<void()>& step);
    [[nodiscard]] std::optional<Failure> failure() const;

   private:
    std::filesystem::path file_;
    std::atomic<int>& left_;
    std::optional<std::string> why_;
  };
  class GuardedSink;
  class GuardedArchive;

  Guard& guard_of(const std::filesystem::path& file);

  std::atomic<int> left_ = 0;  // Outputs that have not failed.
  std::deque<Guard> guards_;
  std::vector<std::unique_ptr<DepthSink>> sinks_;
  std::unique_ptr<SnippetArchive> archive_;
  std::vector<std::pair<Guard*, std::function<void()>>> writers_;
};

}  // namespace rollingdepth

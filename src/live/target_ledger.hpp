#pragma once

#include <cstdint>
#include <mutex>
#include <string>

#include "live/live_target.hpp"
#include "live/remark_limit.hpp"

namespace rollingdepth::live {

/// What becomes of a target's pictures and who takes them: counted, and told. Thread-safe.
class TargetLedger {
 public:
  /// @param shown the target's name in remarks. @param sent, remark may be empty.
  TargetLedger(std::string shown, PictureSent sent, TargetRemark remark);

  /// The picture has left now.
  void sent(const LivePicture& picture);
  void dropped(std::int64_t pictures = 1);
  /// Somebody takes pictures, or no longer. @param what "a receiver came"; "": nothing is told.
  void receiver_came(const std::string& what);
  void receiver_gone(const std::string& what);
  /// Tells "<name>: <what>"; of many within a minute only the first.
  void remark(const std::string& what);

  [[nodiscard]] const std::string& shown() const { return shown_; }
  /// `waiting` left at 0.
  [[nodiscard]] TargetCounts counts() const;

 private:
  const std::string shown_;
  const PictureSent sent_;
  const TargetRemark remark_;
  mutable std::mutex mutex_;
  TargetCounts counts_;
  std::mutex telling_;  // One remark or picture is told at a time.
  RemarkLimit limit_;
};

}  // namespace rollingdepth::live

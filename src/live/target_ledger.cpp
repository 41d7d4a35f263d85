#include "live/target_ledger.hpp"

#include <utility>

namespace rollingdepth::live {
TargetLedger::TargetLedger(std::string shown, PictureSent sent, TargetRemark remark)
    : shown_(std::move(shown)), sent_(std::move(sent)), remark_(std::move(remark)) {
  counts_.name = shown_;
}

void TargetLedger::sent(const LivePicture& picture) {
  const auto now = Clock::now();
  {
    const std::lock_guard lock(mutex_);
    ++counts_.sent;
  }
  const std::lock_guard telling(telling_);
  if (sent_) sent_(picture, now);
}

void TargetLedger::dropped(std::int64_t pictures) {
  const std::lock_guard lock(mutex_);
  counts_.dropped += pictures;
}

void TargetLedger::receiver_came(const std::string& what) {
  {
    const std::lock_guard lock(mutex_);
    ++counts_.receivers;
  }
  if (!what.empty()) remark(what);
}

void TargetLedger::receiver_gone(const std::string& what) {
  {
    const std::lock_guard lock(mutex_);
    --counts_.receivers;
  }
  if (!what.empty()) remark(what);
}

void TargetLedger::remark(const std::string& what) {
  const std::lock_guard telling(telling_);
  std::string text = shown_ + ": " + what;
  if (remark_ && limit_.takes(text, Clock::now())) remark_(text);
}

TargetCounts TargetLedger::counts() const {
  const std::lock_guard lock(mutex_);
  return counts_;
}

}  // namespace rollingdepth::live

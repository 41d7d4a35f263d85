#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>

#include "base/joining_thread.hpp"
#include "live/picture_sink.hpp"
#include "live/target_ledger.hpp"

namespace rollingdepth::live {

/// What a target does with more pictures than it has time for.
enum class Overflow {
  kDropOldest,  ///< The newest count; finish() waits half a second at most.
  kWait,        ///< All count: put() waits, and finish() for as long as nobody asks to stop.
};

/// Feeds a sink from a thread of its own, through a queue of a few pictures.
class TargetThread final : public LiveTarget {
 public:
  struct Facts {
    bool shows_view = false;
    Overflow overflow = Overflow::kDropOldest;
    std::size_t capacity = 2;  ///< Pictures that wait, >= 1.
  };
  /// @param ledger the sink's. @param stop borrowed.
  TargetThread(const Facts& facts, std::shared_ptr<TargetLedger> ledger,
               std::unique_ptr<PictureSink> sink, const StopFlag& stop);
  /// Without finish() before it, nothing is finished.
  ~TargetThread() override;
  TargetThread(const TargetThread&) = delete;
  TargetThread& operator=(const TargetThread&) = delete;

  [[nodiscard]] bool shows_view() const override { return facts_.shows_view; }
  void put(const SharedPicture& picture) override;
  void finish() override;
  [[nodiscard]] TargetCounts counts() const override;

 private:
  enum class End { kNone, kFinish, kAbandon };

  void run();
  void feed();
  SharedPicture next();
  void wait_for_room(std::unique_lock<std::mutex>& lock);
  void end(End how);
  void rethrow() const;

  const Facts facts_;
  const std::shared_ptr<TargetLedger> ledger_;
  const std::unique_ptr<PictureSink> sink_;
  const StopFlag& stop_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<SharedPicture> queue_;
  End end_ = End::kNone;
  bool over_ = false;  // The thread takes no more.
  std::exception_ptr failure_;
  JoiningThread thread_;  // Last: starts once all the rest is there.
};

}  // namespace rollingdepth::live

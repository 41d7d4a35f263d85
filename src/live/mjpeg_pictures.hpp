#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <set>
#include <string>

#include "live/jpeg_encoder.hpp"
#include "live/target_ledger.hpp"

namespace rollingdepth::live {

/// A picture that receivers may take: counted as dropped where none does. Thread-safe.
class OfferedPicture {
 public:
  OfferedPicture(SharedPicture picture, std::shared_ptr<JpegEncoder> encoder,
                 std::shared_ptr<TargetLedger> ledger);
  ~OfferedPicture();
  OfferedPicture(const OfferedPicture&) = delete;
  OfferedPicture& operator=(const OfferedPicture&) = delete;

  /// The JPEG file, encoded by the first call.
  const std::string& jpeg();
  /// A receiver has all of it.
  void taken();

 private:
  const SharedPicture picture_;
  const std::shared_ptr<JpegEncoder> encoder_;
  const std::shared_ptr<TargetLedger> ledger_;
  std::once_flag encoded_;
  std::once_flag told_;
  std::string jpeg_;
  bool is_taken_ = false;
};

class MjpegReader;

/// The newest picture, and the readers that have it already. Thread-safe.
class MjpegPictures {
 public:
  /// From now on this is the newest; wakes those that wait.
  void offer(std::shared_ptr<OfferedPicture> picture);
  /// Readers end after the newest.
  void end();
  /// The newest; null before the first.
  [[nodiscard]] std::shared_ptr<OfferedPicture> newest() const;

 private:
  friend class MjpegReader;
  void wake_all();

  mutable std::mutex mutex_;
  std::shared_ptr<OfferedPicture> newest_;
  std::int64_t number_ = -1;  // Of the newest.
  bool has_ended_ = false;
  std::set<MjpegReader*> waiting_;
};

/// The bytes of a multipart stream of JPEG files for one receiver, who gets the newest picture as
/// soon as he has the one before. One thread reads.
class MjpegReader {
 public:
  static constexpr const char* kBoundary = "rollingdepth-picture";

  /// @param pictures borrowed. @param sleep called by read() where there is nothing new, @param
  /// wake once there is, or the end has come; by the thread that offers.
  MjpegReader(MjpegPictures& pictures, std::function<void()> sleep, std::function<void()> wake);
  ~MjpegReader();
  MjpegReader(const MjpegReader&) = delete;
  MjpegReader& operator=(const MjpegReader&) = delete;

  /// Copies what comes next, `room` bytes at most. Being asked means that all before has left.
  /// @return the number of bytes; 0 where there is nothing new; -1 at the end.
  std::ptrdiff_t read(char* to, std::size_t room);

 private:
  friend class MjpegPictures;
  std::ptrdiff_t begin_next();
  std::size_t copy(char* to, std::size_t room);

  MjpegPictures& pictures_;
  const std::function<void()> sleep_, wake_;
  std::shared_ptr<OfferedPicture> picture_;  // On its way.
  std::string head_;                         // What stands before its JPEG.
  std::size_t done_ = 0;                     // Of its bytes.
  std::int64_t number_ = -1;                 // Of the last one that was begun.
};

}  // namespace rollingdepth::live

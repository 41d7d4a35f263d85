#pragma once

#include <sys/types.h>

#include <chrono>
#include <string>

#include "base/joining_thread.hpp"
#include "live/stop_flag.hpp"

namespace rollingdepth::testing {

/// A command that runs beside the test, killed with all it has started where this goes out of
/// scope.
class Sender {
 public:
  /// @param command of the shell, whose messages are printed.
  /// @param standard_output a descriptor that it writes to; -1: nothing.
  explicit Sender(const std::string& command, int standard_output = -1, int late_seconds = 0);
  ~Sender() { kill(); }
  Sender(const Sender&) = delete;
  Sender& operator=(const Sender&) = delete;

  /// Ends it at once, as a crash would.
  void kill();

 private:
  pid_t process_ = 0;
};

/// A command for the ffmpeg program that says nothing but errors.
std::string ffmpeg_command(const std::string& arguments);

/// FFmpeg arguments for pictures without an end, 64x48, 25 a second as a camera gives them, whose
/// level rises from 40 by 4 with each and begins anew after 40 pictures.
std::string camera_source();

/// FFmpeg arguments for H.264 without delay, with a key picture ten times a second.
std::string live_h264();

/// A port of this machine that nobody has now.
int free_tcp_port();
int free_udp_port();

/// Standard input of this process becomes the reading end of a pipe, and what it was again where
/// this goes out of scope.
class StandardInput {
 public:
  StandardInput();
  ~StandardInput();
  StandardInput(const StandardInput&) = delete;
  StandardInput& operator=(const StandardInput&) = delete;

  /// The writing end, for a Sender.
  [[nodiscard]] int writing_end() const { return writing_end_; }
  /// This process writes (any more) nothing: a reader sees the end once the senders have ended.
  void close_writing_end();

 private:
  int before_ = -1;
  int writing_end_ = -1;
};

/// Raises a flag after a time, from a thread of its own.
class LaterStop {
 public:
  LaterStop(live::StopFlag& stop, std::chrono::milliseconds time)
      : thread_([&stop, time] {
          std::this_thread::sleep_for(time);
          stop.raise();
        }) {}

 private:
  JoiningThread thread_;
};

}  // namespace rollingdepth::testing

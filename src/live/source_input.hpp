#pragma once

#include <memory>

#include "live/live_source.hpp"
#include "live/patience.hpp"
#include "live/pipe_bytes.hpp"
#include "media/libav.hpp"

namespace rollingdepth::live {

/// A source as libav reads it.
struct SourceInput {
  std::unique_ptr<PipeBytes> bytes;  ///< Of a pipe; libav reads from them until it is closed.
  InputFormatPtr format;
};

/// Opens a source. What kinds of streams are in it is looked at of files and pipes alone: a live
/// one would be late by what was read for that.
/// @param patience borrowed, asked as long as the source is open.
/// @throws SourceLost where it cannot be reached, or gives nothing; Error(kInput) naming it where
///         it is a file, or must not be opened; Cancelled.
SourceInput open_source_input(const SourceOptions& options, Patience& patience);

/// Throws Cancelled, or SourceLost, where patience is over.
void require_patience(const Patience& patience);

}  // namespace rollingdepth::live

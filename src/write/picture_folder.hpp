#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "base/partial_file.hpp"
#include "rollingdepth/clip.hpp"
#include "rollingdepth/error.hpp"
#include "write/announced_frames.hpp"

namespace rollingdepth {

/// @param extra a file that may lie beside the pictures; empty for none.
/// @throws Error(kOutput) where `folder` holds anything but numbered pictures and `extra`, which
/// would be lost.
void require_only_pictures(const std::filesystem::path& folder, const std::string& extension,
                           std::string_view extra);

/// One numbered picture per frame in a folder that gets its name once all are there: the number of
/// DepthClipInfo::frame_numbers, else `000000` and so on, and the extension. An older folder is
/// replaced as a whole. Not thread-safe.
class PictureFolderSink : public DepthSink {
 public:
  /// @throws Error(kOutput) as require_only_pictures().
  PictureFolderSink(const std::filesystem::path& folder, std::string extension,
                    std::string_view extra);

  [[nodiscard]] std::string name() const override {
    return partial_.final_path().filename().string();
  }
  void begin(const DepthClipInfo& info) override;
  void write(const at::Tensor& depth, std::int64_t pts) override;
  /// @throws Error(kOutput) also as require_only_pictures().
  void finish() override;

 protected:
  /// The bytes of one picture. @param depth [H, W] float32 on CPU, contiguous.
  virtual std::string encoded(const at::Tensor& depth) = 0;
  /// What lies beside the pictures; called in finish().
  virtual void write_extra() {}

  [[nodiscard]] const DepthClipInfo& info() const { return frames_.info(); }
  /// Writes one file of the folder.
  void write_file(const std::string& name, std::string_view bytes) const;
  /// @throws Error(kOutput, "cannot write FOLDER: why").
  [[noreturn]] void fail(const std::string& why, Retry retry = Retry::kUnknown) const;

 private:
  PartialFile partial_;
  std::string extension_;
  std::string extra_;
  AnnouncedFrames frames_;
};

}  // namespace rollingdepth

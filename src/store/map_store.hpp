#pragma once

#include <ATen/core/Tensor.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "store/map_codec.hpp"
#include "store/spool.hpp"

namespace rollingdepth {

/// The decoded depth maps of S snippets of one dilation, in a spool. Thread-safe.
class MapStore {
 public:
  /// @param shape {S, L, H, W}. @throws Error(kOutput) where the file cannot be made.
  MapStore(Spool& spool, const std::string& name, std::array<std::int64_t, 4> shape,
           SpoolDtype dtype);

  [[nodiscard]] const std::array<std::int64_t, 4>& shape() const { return shape_; }

  /// The L maps of a snippet as the store keeps them, for write() on another thread.
  using EncodedSnippet = std::vector<std::vector<std::byte>>;
  /// @param maps [L, H, W] float32 on CPU. @throws Error(kFailed) as encode_map().
  [[nodiscard]] EncodedSnippet encode(const at::Tensor& maps) const;
  /// [L, H, W] as read() will give them.
  [[nodiscard]] at::Tensor decode(const EncodedSnippet& encoded) const;

  /// @throws Error(kOutput) on a full disk.
  void write(std::int64_t snippet, const EncodedSnippet& encoded);
  void write(std::int64_t snippet, const at::Tensor& maps) { write(snippet, encode(maps)); }
  /// Whether none of the maps of a snippet is missing, as RecordStore::has() tells.
  [[nodiscard]] bool has(std::int64_t snippet) const;
  /// The same as RecordStore::is_whole() tells.
  [[nodiscard]] bool is_whole(std::int64_t snippet) const;
  /// [L, H, W] float32, or nothing where one of the maps is missing.
  [[nodiscard]] std::optional<at::Tensor> find(std::int64_t snippet) const;
  /// [L, H, W] float32. @throws MissingRecord.
  [[nodiscard]] at::Tensor read(std::int64_t snippet) const;
  /// Map `position` of a snippet, [H, W] float32. @throws MissingRecord.
  [[nodiscard]] at::Tensor read_map(std::int64_t snippet, std::int64_t position) const;
  /// Gives the place of a map back.
  void release_map(std::int64_t snippet, std::int64_t position);

 private:
  [[nodiscard]] std::int64_t record_of(std::int64_t snippet, std::int64_t position) const;
  // Whether the map was there and is now in `map`.
  [[nodiscard]] bool load(std::int64_t snippet, std::int64_t position, at::Tensor& map) const;

  std::string name_;
  std::array<std::int64_t, 4> shape_;
  SpoolDtype dtype_;
  RecordStore records_;
};

}  // namespace rollingdepth

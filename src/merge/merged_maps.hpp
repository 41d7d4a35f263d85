#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <limits>
#include <optional>
#include <string>

#include "base/resample.hpp"
#include "store/tensor_store.hpp"

namespace rollingdepth {

/// What is known of the values of one or more depth maps.
struct MapRange {
  /// In a store.
  static constexpr std::int64_t kBytes = 3 * sizeof(double);

  float min = std::numeric_limits<float>::infinity();  ///< Of the finite values.
  float max =
      -std::numeric_limits<float>::infinity();  ///< The same; below min where there is none.
  std::int64_t empty_pixels = 0;                ///< That hold no finite value.

  void include(const MapRange& other);
  friend bool operator==(const MapRange&, const MapRange&) = default;
};

/// @param map any shape, float32 on CPU.
MapRange range_of(const at::Tensor& map);

/// Ranges of depth maps in a spool.
class RangeStore {
 public:
  RangeStore(Spool& spool, const std::string& name);
  void write(std::int64_t index, const MapRange& range);
  /// The range, or nothing where it is missing or damaged.
  [[nodiscard]] std::optional<MapRange> find(std::int64_t index) const;

 private:
  TensorStore records_;
};

/// Depth maps of one size in a spool, each with its range, so that no map is read to know it.
class RangedMaps {
 public:
  /// @throws Error(kOutput) where the files cannot be made.
  RangedMaps(Spool& spool, const std::string& name, FrameSize size);

  /// @param map [H, W] float32. @throws Error(kOutput) on a full disk.
  void write(std::int64_t index, const at::Tensor& map);
  /// As RecordStore::has() and is_whole().
  [[nodiscard]] bool has(std::int64_t index) const { return maps_.has(index); }
  [[nodiscard]] bool has_all(std::int64_t first, std::int64_t last) const {
    return maps_.has_all(first, last);
  }
  [[nodiscard]] bool is_whole(std::int64_t index) const { return maps_.is_whole(index); }
  [[nodiscard]] FrameSize size() const { return size_; }
  /// [H, W] float32. @throws MissingRecord.
  [[nodiscard]] at::Tensor read(std::int64_t index) const { return maps_.read(index); }
  /// Reads the map only where its range is missing. @throws MissingRecord.
  [[nodiscard]] MapRange range(std::int64_t index) const;

 private:
  FrameSize size_;
  TensorStore maps_;
  RangeStore ranges_;
};

/// The merged maps of a chunk, counted from its first frame. Frames that the chunk before shows as
/// well lie in a store of their own, so that two stores hold a clip of any number of chunks.
/// Borrows both.
class ChunkMaps {
 public:
  /// @param first_record of the chunk's first frame in both stores. @param shared how many frames,
  /// from the first one on, lie in `again`.
  explicit ChunkMaps(RangedMaps& maps, std::int64_t first_record = 0, RangedMaps* again = nullptr,
                     std::int64_t shared = 0)
      : maps_(&maps), first_record_(first_record), again_(again), shared_(shared) {}

  void write(std::int64_t frame, const at::Tensor& map) {
    store_of(frame).write(first_record_ + frame, map);
  }
  [[nodiscard]] bool has(std::int64_t frame) const {
    return store_of(frame).has(first_record_ + frame);
  }
  [[nodiscard]] bool is_whole(std::int64_t frame) const {
    return store_of(frame).is_whole(first_record_ + frame);
  }
  [[nodiscard]] at::Tensor read(std::int64_t frame) const {
    return store_of(frame).read(first_record_ + frame);
  }
  [[nodiscard]] FrameSize size() const { return maps_->size(); }
  [[nodiscard]] MapRange range(std::int64_t frame) const {
    return store_of(frame).range(first_record_ + frame);
  }

 private:
  [[nodiscard]] RangedMaps& store_of(std::int64_t frame) const {
    return frame < shared_ ? *again_ : *maps_;
  }

  RangedMaps* maps_;
  std::int64_t first_record_;
  RangedMaps* again_;
  std::int64_t shared_;
};

}  // namespace rollingdepth

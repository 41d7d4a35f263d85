#include "store/map_store.hpp"

#include <ATen/core/Tensor.h>
#include <ATen/ops/empty.h>

#include "rollingdepth/error.hpp"

namespace rollingdepth {

MapStore::MapStore(Spool& spool, const std::string& name, std::array<std::int64_t, 4> shape,
                   SpoolDtype dtype)
    : name_(name),
      shape_(shape),
      dtype_(dtype),
      records_(spool, name, encoded_bytes(dtype, shape[2] * shape[3])) {}

std::int64_t MapStore::record_of(std::int64_t snippet, std::int64_t position) const {
  if (snippet < 0 || snippet >= shape_[0] || position < 0 || position >= shape_[1]) {
    throw Error(ErrorKind::kFailed, "the store '" + name_ + "' has no map " +
                                        std::to_string(position) + " of snippet " +
                                        std::to_string(snippet));
  }
  return snippet * shape_[1] + position;
}

MapStore::EncodedSnippet MapStore::encode(const at::Tensor& maps) const {
  if (maps.sizes() != c10::IntArrayRef({shape_[1], shape_[2], shape_[3]})) {
    throw Error(ErrorKind::kFailed,
                "the store '" + name_ + "' takes snippets of its own shape only");
  }
  EncodedSnippet encoded;
  for (std::int64_t j = 0; j < shape_[1]; ++j) encoded.push_back(encode_map(maps[j], dtype_));
  return encoded;
}

at::Tensor MapStore::decode(const EncodedSnippet& encoded) const {
  at::Tensor maps = at::empty({shape_[1], shape_[2], shape_[3]}, at::kFloat);
  for (std::int64_t j = 0; j < shape_[1]; ++j) {
    at::Tensor map = maps[j];
    decode_map(encoded[static_cast<std::size_t>(j)], dtype_, map);
  }
  return maps;
}

void MapStore::write(std::int64_t snippet, const EncodedSnippet& encoded) {
  for (std::int64_t j = 0; j < shape_[1]; ++j) {
    records_.write(record_of(snippet, j), encoded[static_cast<std::size_t>(j)]);
  }
}

bool MapStore::load(std::int64_t snippet, std::int64_t position, at::Tensor& map) const {
  std::vector<std::byte> record(records_.record_bytes());
  if (!records_.read(record_of(snippet, position), record)) return false;
  decode_map(record, dtype_, map);
  return true;
}

bool MapStore::has(std::int64_t snippet) const {
  std::int64_t j = 0;
  while (j < shape_[1] && records_.has(record_of(snippet, j))) ++j;
  return j == shape_[1];
}

bool MapStore::is_whole(std::int64_t snippet) const {
  std::int64_t j = 0;
  while (j < shape_[1] && records_.is_whole(record_of(snippet, j))) ++j;
  return j == shape_[1];
}

std::optional<at::Tensor> MapStore::find(std::int64_t snippet) const {
  at::Tensor maps = at::empty({shape_[1], shape_[2], shape_[3]}, at::kFloat);
  for (std::int64_t j = 0; j < shape_[1]; ++j) {
    at::Tensor map = maps[j];
    if (!load(snippet, j, map)) return std::nullopt;
  }
  return maps;
}

at::Tensor MapStore::read(std::int64_t snippet) const {
  if (auto maps = find(snippet)) return *std::move(maps);
  throw MissingRecord("cannot read snippet " + std::to_string(snippet) + " of the spool '" + name_ +
                      "': it is missing or damaged");
}

at::Tensor MapStore::read_map(std::int64_t snippet, std::int64_t position) const {
  at::Tensor map = at::empty({shape_[2], shape_[3]}, at::kFloat);
  if (load(snippet, position, map)) return map;
  throw MissingRecord("cannot read map " + std::to_string(position) + " of snippet " +
                      std::to_string(snippet) + " of the spool '" + name_ +
                      "': it is missing or damaged");
}

void MapStore::release_map(std::int64_t snippet, std::int64_t position) {
  records_.release(record_of(snippet, position));
}

}  // namespace rollingdepth

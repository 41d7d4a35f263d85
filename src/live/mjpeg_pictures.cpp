#include "live/mjpeg_pictures.hpp"

#include <algorithm>
#include <cstring>
#include <string_view>
#include <utility>

namespace rollingdepth::live {
namespace {

// The boundary comes right after a picture, not before the next one: browsers show a picture once
// they see it.
const std::string& tail() {
  static const std::string text = std::string("\r\n--") + MjpegReader::kBoundary + "\r\n";
  return text;
}

}  // namespace

OfferedPicture::OfferedPicture(SharedPicture picture, std::shared_ptr<JpegEncoder> encoder,
                               std::shared_ptr<TargetLedger> ledger)
    : picture_(std::move(picture)), encoder_(std::move(encoder)), ledger_(std::move(ledger)) {}

OfferedPicture::~OfferedPicture() {
  if (!is_taken_) ledger_->dropped();
}

const std::string& OfferedPicture::jpeg() {
  std::call_once(encoded_, [&] { jpeg_ = encoder_->encode(picture_->view); });
  return jpeg_;
}

void OfferedPicture::taken() {
  std::call_once(told_, [&] {
    is_taken_ = true;
    ledger_->sent(*picture_);
  });
}

void MjpegPictures::offer(std::shared_ptr<OfferedPicture> picture) {
  const std::lock_guard lock(mutex_);
  newest_.swap(picture);
  ++number_;
  wake_all();
}

void MjpegPictures::end() {
  const std::lock_guard lock(mutex_);
  has_ended_ = true;
  wake_all();
}

std::shared_ptr<OfferedPicture> MjpegPictures::newest() const {
  const std::lock_guard lock(mutex_);
  return newest_;
}

void MjpegPictures::wake_all() {
  for (MjpegReader* const reader : waiting_) reader->wake_();
  waiting_.clear();
}

MjpegReader::MjpegReader(MjpegPictures& pictures, std::function<void()> sleep,
                         std::function<void()> wake)
    : pictures_(pictures), sleep_(std::move(sleep)), wake_(std::move(wake)) {}

MjpegReader::~MjpegReader() {
  const std::lock_guard lock(pictures_.mutex_);
  pictures_.waiting_.erase(this);
}

std::ptrdiff_t MjpegReader::read(char* to, std::size_t room) {
  if (picture_ && done_ == head_.size() + picture_->jpeg().size() + tail().size()) {
    picture_->taken();
    picture_.reset();
  }
  if (!picture_) {
    if (const std::ptrdiff_t nothing = begin_next(); nothing <= 0) return nothing;
  }
  return static_cast<std::ptrdiff_t>(copy(to, room));
}

std::ptrdiff_t MjpegReader::begin_next() {
  constexpr std::ptrdiff_t kBegun = 1, kNothingNew = 0, kEnd = -1;
  const bool is_first = number_ < 0;
  {
    const std::lock_guard lock(pictures_.mutex_);
    if (pictures_.number_ == number_) {
      if (pictures_.has_ended_) return kEnd;
      pictures_.waiting_.insert(this);
      sleep_();
      return kNothingNew;
    }
    picture_ = pictures_.newest_;
    number_ = pictures_.number_;
  }
  head_ = is_first ? tail().substr(2) : "";
  head_ +=
      "Content-Type: image/jpeg\r\nContent-Length: " + std::to_string(picture_->jpeg().size()) +
      "\r\n\r\n";
  done_ = 0;
  return kBegun;
}

std::size_t MjpegReader::copy(char* to, std::size_t room) {
  std::size_t copied = 0, begin = 0;
  for (const std::string_view part :
       {std::string_view(head_), std::string_view(picture_->jpeg()), std::string_view(tail())}) {
    if (copied == room) break;
    if (done_ < begin + part.size()) {
      const std::string_view rest = part.substr(done_ - begin);
      const std::size_t taken = std::min(rest.size(), room - copied);
      std::memcpy(to + copied, rest.data(), taken);
      copied += taken;
      done_ += taken;
    }
    begin += part.size();
  }
  return copied;
}

}  // namespace rollingdepth::live

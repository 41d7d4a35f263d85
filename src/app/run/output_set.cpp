#include "app/run/output_set.hpp"

#include <cerrno>
#include <new>
#include <system_error>

#include "rollingdepth/error.hpp"

namespace rollingdepth {
namespace {

// A full disk or memory, which the other outputs meet too and which can pass. Whatever library says
// so, it uses the system's words.
bool concerns_all(const std::exception& error) {
  if (dynamic_cast<const std::bad_alloc*>(&error) != nullptr) return true;
  const std::string text = describe(error);
  for (const int code : {ENOSPC, EDQUOT, ENOMEM}) {
    if (text.find(std::generic_category().message(code)) != std::string::npos) return true;
  }
  return false;
}

// Not every failure says which output it concerns: reading the colours of a side by side does not.
std::string named(const std::string& why, const std::filesystem::path& file) {
  if (why.find(file.filename().string()) != std::string::npos) return why;
  return "cannot write " + file.string() + ": " + why;
}

}  // namespace

bool OutputSet::Guard::attempt(const std::function<void()>& step) {
  if (why_) return false;
  try {
    step();
    return true;
  } catch (const Cancelled&) {
    throw;
  } catch (const std::exception& error) {
    if (concerns_all(error) || --left_ == 0) throw;
    why_ = named(describe(error), file_);
    return false;
  }
}

std::optional<OutputSet::Failure> OutputSet::Guard::failure() const {
  if (!why_) return std::nullopt;
  return Failure{file_, *why_};
}

class OutputSet::GuardedSink final : public DepthSink {
 public:
  GuardedSink(Guard& guard, std::unique_ptr<DepthSink> sink)
      : guard_(guard), name_(sink->name()), sink_(std::move(sink)) {}

  [[nodiscard]] std::string name() const override { return name_; }
  [[nodiscard]] bool needs_range() const override { return sink_ && sink_->needs_range(); }
  void begin(const DepthClipInfo& info) override {
    attempt([&] { sink_->begin(info); });
  }
  void write(const at::Tensor& depth, std::int64_t pts) override {
    attempt([&] { sink_->write(depth, pts); });
  }
  void finish() override {
    attempt([&] { sink_->finish(); });
  }
  [[nodiscard]] std::vector<std::string> remarks() const override {
    return sink_ ? sink_->remarks() : std::vector<std::string>();
  }

 private:
  // The unfinished file of one that failed goes at once: the others may need its room.
  void attempt(const std::function<void()>& step) {
    if (!guard_.attempt(step)) sink_.reset();
  }

  Guard& guard_;
  std::string name_;
  std::unique_ptr<DepthSink> sink_;
};

class OutputSet::GuardedArchive final : public SnippetArchive {
 public:
  GuardedArchive(Guard& guard, std::unique_ptr<SnippetArchive> archive)
      : guard_(guard), archive_(std::move(archive)) {}

  void write(const std::vector<SpooledSnippets>& snippets) override {
    attempt([&] { archive_->write(snippets); });
  }
  void finish() override {
    attempt([&] { archive_->finish(); });
  }

 private:
  void attempt(const std::function<void()>& step) {
    if (!guard_.attempt(step)) archive_.reset();
  }

  Guard& guard_;
  std::unique_ptr<SnippetArchive> archive_;
};

OutputSet::Guard& OutputSet::guard_of(const std::filesystem::path& file) {
  ++left_;
  return guards_.emplace_back(file, left_);
}

void OutputSet::add(const std::filesystem::path& file, std::unique_ptr<DepthSink> sink) {
  sinks_.push_back(std::make_unique<GuardedSink>(guard_of(file), std::move(sink)));
}

void OutputSet::add(const std::filesystem::path& file, std::unique_ptr<SnippetArchive> archive) {
  archive_ = std::make_unique<GuardedArchive>(guard_of(file), std::move(archive));
}

void OutputSet::add(const std::filesystem::path& file, std::function<void()> write) {
  writers_.emplace_back(&guard_of(file), std::move(write));
}

std::vector<DepthSink*> OutputSet::sinks() const {
  std::vector<DepthSink*> borrowed;
  for (const auto& sink : sinks_) borrowed.push_back(sink.get());
  return borrowed;
}

void OutputSet::finish() {
  for (const auto& [guard, write] : writers_) guard->attempt(write);
  if (archive_) archive_->finish();
  for (const auto& sink : sinks_) sink->finish();
}

std::vector<std::string> OutputSet::remarks() const {
  std::vector<std::string> all;
  for (const auto& sink : sinks_) {
    for (std::string& remark : sink->remarks()) all.push_back(std::move(remark));
  }
  return all;
}

std::vector<OutputSet::Failure> OutputSet::failures() const {
  std::vector<Failure> failures;
  for (const Guard& guard : guards_) {
    if (const auto failure = guard.failure()) failures.push_back(*failure);
  }
  return failures;
}

}  // namespace rollingdepth

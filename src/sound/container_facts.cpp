#include "sound/container_facts.hpp"

#include <algorithm>
#include <cstdint>
#include <new>

namespace rollingdepth {
namespace {

constexpr AVRational kMicroseconds{1, 1'000'000};

// libav's names of what MP4 holds.
constexpr const char* kNames[] = {
    "title",    "artist",    "album_artist", "album",       "composer",   "comment",
    "genre",    "copyright", "date",         "description", "synopsis",   "grouping",
    "keywords", "show",      "network",      "episode",     "episode_id", "season_number",
    "track",    "disc",      "creation_time"};

}  // namespace

void copy_metadata(const AVFormatContext& input, AVFormatContext& output) {
  for (const char* name : kNames) {
    const AVDictionaryEntry* entry = av_dict_get(input.metadata, name, nullptr, 0);
    if (entry != nullptr) av_dict_set(&output.metadata, name, entry->value, 0);
  }
}

void copy_chapters(const AVFormatContext& input, const ClipClock& clock, AVFormatContext& output) {
  const std::int64_t start_us = clock.pieces.front().input_us;
  for (unsigned i = 0; i < input.nb_chapters; ++i) {
    const AVChapter& chapter = *input.chapters[i];
    const auto time = [&](std::int64_t ticks) {
      const std::int64_t us = av_rescale_q(ticks, chapter.time_base, kMicroseconds) - start_us;
      return std::clamp<std::int64_t>(us, 0, clock.length_us);
    };
    if (time(chapter.end) <= time(chapter.start)) continue;
    auto* copy = static_cast<AVChapter*>(av_mallocz(sizeof(AVChapter)));
    auto** all = static_cast<AVChapter**>(
        av_realloc_array(output.chapters, output.nb_chapters + 1, sizeof(AVChapter*)));
    if (all != nullptr) output.chapters = all;
    if (copy == nullptr || all == nullptr) {
      av_free(copy);
      throw std::bad_alloc();
    }
    copy->id = static_cast<int>(output.nb_chapters);
    copy->time_base = kMicroseconds;
    copy->start = time(chapter.start);
    copy->end = time(chapter.end);
    av_dict_copy(&copy->metadata, chapter.metadata, 0);
    output.chapters[output.nb_chapters++] = copy;
  }
}

}  // namespace rollingdepth

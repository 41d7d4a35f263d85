#include "decode/deinterlacer.hpp"

extern "C" {
#include <libavfilter/buffersink.h>
#include <libavfilter/buffersrc.h>
}

#include <new>
#include <string>

#include "rollingdepth/error.hpp"

#ifdef ROLLINGDEPTH_AVFILTER
#include <dlfcn.h>
#endif

namespace rollingdepth {
namespace {

[[noreturn]] void fail(const std::string& why) {
  throw Error(ErrorKind::kInput, "pictures cannot be deinterlaced: " + why);
}

#ifdef ROLLINGDEPTH_AVFILTER
template <class Function>
void find(void* library, const char* name, Function& function) {
  function = reinterpret_cast<Function>(dlsym(library, name));
  if (function == nullptr) fail("no " + std::string(name) + " in " + ROLLINGDEPTH_AVFILTER);
}
#endif

/// What is used of libavfilter.
struct FilterLibrary {
  decltype(&avfilter_graph_alloc) graph_alloc;
  decltype(&avfilter_graph_free) graph_free;
  decltype(&avfilter_graph_create_filter) graph_create_filter;
  decltype(&avfilter_graph_config) graph_config;
  decltype(&avfilter_get_by_name) get_by_name;
  decltype(&avfilter_link) link;
  decltype(&av_buffersrc_add_frame) add_frame;
  decltype(&av_buffersink_get_frame) get_frame;

#ifdef ROLLINGDEPTH_AVFILTER
  FilterLibrary() {
    void* library = dlopen(ROLLINGDEPTH_AVFILTER, RTLD_NOW | RTLD_LOCAL);
    if (library == nullptr) {
      const char* why = dlerror();
      fail(std::string(why != nullptr ? why : ROLLINGDEPTH_AVFILTER) +
           " (install FFmpeg's libavfilter, or leave out --deinterlace)");
    }
    find(library, "avfilter_graph_alloc", graph_alloc);
    find(library, "avfilter_graph_free", graph_free);
    find(library, "avfilter_graph_create_filter", graph_create_filter);
    find(library, "avfilter_graph_config", graph_config);
    find(library, "avfilter_get_by_name", get_by_name);
    find(library, "avfilter_link", link);
    find(library, "av_buffersrc_add_frame", add_frame);
    find(library, "av_buffersink_get_frame", get_frame);
  }
#else
  FilterLibrary()
      : graph_alloc(&avfilter_graph_alloc),
        graph_free(&avfilter_graph_free),
        graph_create_filter(&avfilter_graph_create_filter),
        graph_config(&avfilter_graph_config),
        get_by_name(&avfilter_get_by_name),
        link(&avfilter_link),
        add_frame(&av_buffersrc_add_frame),
        get_frame(&av_buffersink_get_frame) {}
#endif
};

const FilterLibrary& avfilter() {
  static const FilterLibrary library;
  return library;
}

void check(int code) {
  if (code == AVERROR(ENOMEM)) throw std::bad_alloc();
  if (code < 0) fail(libav_error_text(code));
}

AVFilterContext* add_filter(AVFilterGraph& graph, const char* name, const std::string& arguments) {
  const AVFilter* filter = avfilter().get_by_name(name);
  if (filter == nullptr) fail("this FFmpeg has no filter " + std::string(name));
  AVFilterContext* context = nullptr;
  check(avfilter().graph_create_filter(
      &context, filter, name, arguments.empty() ? nullptr : arguments.c_str(), nullptr, &graph));
  return context;
}

}  // namespace

bool is_interlaced(const AVFrame& picture) {
#if LIBAVUTIL_VERSION_INT >= AV_VERSION_INT(58, 7, 100)
  return (picture.flags & AV_FRAME_FLAG_INTERLACED) != 0;
#else
  return picture.interlaced_frame != 0;
#endif
}

void Deinterlacer::GraphDeleter::operator()(AVFilterGraph* graph) const noexcept {
  avfilter().graph_free(&graph);
}

void Deinterlacer::build(const AVFrame& picture) {
  graph_.reset(avfilter().graph_alloc());
  if (!graph_) throw std::bad_alloc();
  // Times are only counted here, so any time base will do.
  const std::string size = std::to_string(picture.width) + "x" + std::to_string(picture.height);
  source_ = add_filter(*graph_, "buffer",
                       "video_size=" + size + ":pix_fmt=" + std::to_string(picture.format) +
                           ":time_base=1/25:pixel_aspect=1/1");
  AVFilterContext* filter =
      add_filter(*graph_, "bwdif", "mode=send_frame:parity=auto:deint=interlaced");
  sink_ = add_filter(*graph_, "buffersink", "");
  check(avfilter().link(source_, 0, filter, 0));
  check(avfilter().link(filter, 0, sink_, 0));
  check(avfilter().graph_config(graph_.get(), nullptr));
  width_px_ = picture.width;
  height_px_ = picture.height;
  format_ = picture.format;
}

void Deinterlacer::drain() {
  while (true) {
    FramePtr picture(av_frame_alloc());
    if (!picture) throw std::bad_alloc();
    const int code = avfilter().get_frame(sink_, picture.get());
    if (code == AVERROR(EAGAIN) || code == AVERROR_EOF) return;
    check(code);
    ready_.push_back(std::move(picture));
  }
}

void Deinterlacer::push(AVFrame& picture) {
  if (graph_ &&
      (picture.width != width_px_ || picture.height != height_px_ || picture.format != format_)) {
    finish();
  }
  if (!graph_) build(picture);
  times_.push_back(picture.best_effort_timestamp);
  picture.pts = pushed_++;
  check(avfilter().add_frame(source_, &picture));
  drain();
}

void Deinterlacer::finish() {
  if (!graph_) return;
  check(avfilter().add_frame(source_, nullptr));
  drain();
  graph_.reset();
}

bool Deinterlacer::pull(AVFrame& picture) {
  if (ready_.empty()) return false;
  av_frame_unref(&picture);
  av_frame_move_ref(&picture, ready_.front().get());
  ready_.pop_front();
  picture.best_effort_timestamp = times_.front();
  times_.pop_front();
  return true;
}

}  // namespace rollingdepth

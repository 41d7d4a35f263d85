#include "app/models/known_checkpoints.hpp"

#include <array>

namespace rollingdepth {
namespace {

constexpr std::array<KnownCheckpoint, 8> kKnown = {{
    {.name = "rollingdepth",
     .method = "rollingdepth",
     .values = "relative inverse depth",
     .weights_millions = 948,
     .license = "RAIL++-M",
     .page = "https://huggingface.co/prs-eth/rollingdepth-v1-0",
     .download = "huggingface-cli download prs-eth/rollingdepth-v1-0 --local-dir rollingdepth-v1-0",
     .file = "rollingdepth-v1-0"},
    {.name = "vda-small",
     .method = "video-depth-anything",
     .values = "relative inverse depth",
     .weights_millions = 28.4,
     .license = "Apache-2.0",
     .page = "https://huggingface.co/depth-anything/Video-Depth-Anything-Small",
     .download = "curl -fLO "
                 "https://huggingface.co/depth-anything/Video-Depth-Anything-Small/resolve/main/"
                 "video_depth_anything_vits.pth",
     .file = "video_depth_anything_vits.pth"},
    {.name = "vda-base",
     .method = "video-depth-anything",
     .values = "relative inverse depth",
     .weights_millions = 113.1,
     .license = "CC-BY-NC-4.0",
     .page = "https://huggingface.co/depth-anything/Video-Depth-Anything-Base",
     .download = "curl -fLO "
                 "https://huggingface.co/depth-anything/Video-Depth-Anything-Base/resolve/main/"
                 "video_depth_anything_vitb.pth",
     .file = "video_depth_anything_vitb.pth"},
    {.name = "vda-large",
     .method = "video-depth-anything",
     .values = "relative inverse depth",
     .weights_millions = 381.8,
     .license = "CC-BY-NC-4.0",
     .page = "https://huggingface.co/depth-anything/Video-Depth-Anything-Large",
     .download = "curl -fLO "
                 "https://huggingface.co/depth-anything/Video-Depth-Anything-Large/resolve/main/"
                 "video_depth_anything_vitl.pth",
     .file = "video_depth_anything_vitl.pth"},
    {.name = "vda-metric-small",
     .method = "video-depth-anything",
     .values = "metres",
     .weights_millions = 28.4,
     .license = "",
     .page = "https://huggingface.co/depth-anything/Metric-Video-Depth-Anything-Small",
     .download = "curl -fLO "
                 "https://huggingface.co/depth-anything/Metric-Video-Depth-Anything-Small/resolve/"
                 "main/metric_video_depth_anything_vits.pth",
     .file = "metric_video_depth_anything_vits.pth"},
    {.name = "vda-metric-base",
     .method = "video-depth-anything",
     .values = "metres",
     .weights_millions = 113.1,
     .license = "",
     .page = "https://huggingface.co/depth-anything/Metric-Video-Depth-Anything-Base",
     .download = "curl -fLO "
                 "https://huggingface.co/depth-anything/Metric-Video-Depth-Anything-Base/resolve/"
                 "main/metric_video_depth_anything_vitb.pth",
     .file = "metric_video_depth_anything_vitb.pth"},
    {.name = "vda-metric-large",
     .method = "video-depth-anything",
     .values = "metres",
     .weights_millions = 381.8,
     .license = "",
     .page = "https://huggingface.co/depth-anything/Metric-Video-Depth-Anything-Large",
     .download = "curl -fLO "
                 "https://huggingface.co/depth-anything/Metric-Video-Depth-Anything-Large/resolve/"
                 "main/metric_video_depth_anything_vitl.pth",
     .file = "metric_video_depth_anything_vitl.pth"},
    {.name = "gemdepth",
     .method = "gemdepth",
     .values = "relative inverse depth",
     .weights_millions = 677,
     .license = "",
     .page = "https://github.com/Yuecheng919/GemDepth",
     .download = "",
     .file = "gemdepth.pth"},
}};

}  // namespace

std::span<const KnownCheckpoint> known_checkpoints() { return kKnown; }

std::string import_command(const KnownCheckpoint& checkpoint) {
  std::string command = "rollingdepth import ";
  command.append(checkpoint.file).append(" my-models/").append(checkpoint.name);
  return command;
}

}  // namespace rollingdepth

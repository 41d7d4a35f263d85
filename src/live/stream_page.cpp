#include "live/stream_page.hpp"

namespace rollingdepth::live {
namespace {

constexpr const char* kBefore = R"(<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>rollingdepth live</title>
<style>
html, body { margin: 0; height: 100%; background: #000; }
img { display: block; width: 100%; height: 100%; object-fit: contain; }
</style>
</head>
<body>
<img id="stream" alt="live depth" src=")";

constexpr const char* kAfter = R"(">
<script>
const stream = document.getElementById("stream");
const address = stream.getAttribute("src");
// Browsers do not tell that a stream has ended: they show its last picture for ever. Whether the
// server is there, and was all the time, the newest picture by itself tells.
let broken = false, looked = Date.now();
stream.addEventListener("error", () => { broken = true; });
setInterval(() => {
  if (Date.now() - looked > 4000) broken = true;  // This machine slept; the server has let go.
  looked = Date.now();
  const newest = new Image();
  newest.onerror = () => { broken = true; };
  newest.onload = () => {
    if (broken) stream.src = address + "?" + Date.now();
    broken = false;
  };
  newest.src = address + ".jpg?" + Date.now();
}, 1000);
</script>
</body>
</html>
)";

std::string escaped(const std::string& text) {
  std::string safe;
  for (const char c : text) {
    switch (c) {
      case '&':
        safe += "&amp;";
        break;
      case '"':
        safe += "&quot;";
        break;
      case '<':
        safe += "&lt;";
        break;
      default:
        safe += c;
    }
  }
  return safe;
}

}  // namespace

std::string stream_page(const std::string& path) { return kBefore + escaped(path) + kAfter; }

}  // namespace rollingdepth::live

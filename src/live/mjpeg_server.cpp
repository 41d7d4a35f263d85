#include "live/mjpeg_server.hpp"

#include <microhttpd.h>
#include <sys/socket.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <string>
#include <utility>

#include "live/listening_port.hpp"
#include "live/mjpeg_pictures.hpp"
#include "live/stream_page.hpp"

namespace rollingdepth::live {
namespace {

using namespace std::chrono_literals;
using ResponsePtr =
    std::unique_ptr<MHD_Response, decltype([](MHD_Response* r) { MHD_destroy_response(r); })>;
using DaemonPtr =
    std::unique_ptr<MHD_Daemon, decltype([](MHD_Daemon* daemon) { MHD_stop_daemon(daemon); })>;

constexpr int kReceivers = 32;
// Also those that ask for the page or one picture, or are told that there are too many.
constexpr unsigned kConnections = 4 * kReceivers;
constexpr std::size_t kBlockBytes = 65536;
constexpr auto kFarewell = 500ms;

ResponsePtr text_response(const std::string& text, const char* type) {
  // libmicrohttpd only reads it.
  ResponsePtr response(MHD_create_response_from_buffer(text.size(), const_cast<char*>(text.data()),
                                                       MHD_RESPMEM_MUST_COPY));
  if (!response) throw std::bad_alloc();
  MHD_add_response_header(response.get(), MHD_HTTP_HEADER_CONTENT_TYPE, type);
  MHD_add_response_header(response.get(), MHD_HTTP_HEADER_CACHE_CONTROL, "no-store");
  return response;
}

MHD_Result answer(MHD_Connection* connection, unsigned status, const std::string& text,
                  const char* type = "text/plain; charset=utf-8") {
  return MHD_queue_response(connection, status, text_response(text, type).get());
}

std::string stream_type() {
  return std::string("multipart/x-mixed-replace; boundary=") + MjpegReader::kBoundary;
}

// As libmicrohttpd hands out what was asked for: "/a b" of "/a%20b".
std::string unescaped(std::string path) {
  path.resize(MHD_http_unescape(path.data()));
  return path;
}

class MjpegServer final : public PictureSink {
 public:
  MjpegServer(const TargetAddress& address, FrameSize view, std::shared_ptr<TargetLedger> ledger,
              std::chrono::seconds stall_limit)
      : path_(address.path.size() > 1 ? address.path : "/depth"),
        asked_path_(unescaped(path_)),
        ledger_(std::move(ledger)),
        encoder_(std::make_shared<JpegEncoder>(view, "cannot serve " + address.shown + ": ")) {
    // The server's from here on, whatever becomes of it.
    const int port = bind_port(address, Transport::kTcp).release();
    daemon_.reset(MHD_start_daemon(
        MHD_USE_AUTO_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME, 0, nullptr, nullptr, &on_request,
        this, MHD_OPTION_LISTEN_SOCKET, port, MHD_OPTION_CONNECTION_LIMIT, kConnections,
        MHD_OPTION_CONNECTION_TIMEOUT, static_cast<unsigned>(stall_limit.count()), MHD_OPTION_END));
    if (!daemon_) throw Error(ErrorKind::kOutput, "cannot serve " + address.shown);
  }
  ~MjpegServer() override { stop(); }
  MjpegServer(const MjpegServer&) = delete;
  MjpegServer& operator=(const MjpegServer&) = delete;

  void write(const SharedPicture& picture) override {
    const auto offered = std::make_shared<OfferedPicture>(picture, encoder_, ledger_);
    if (receivers() > 0) offered->jpeg();  // Here, so that the server's one thread need not wait.
    pictures_.offer(offered);
  }

  void finish() override {
    begin_end();
    {
      std::unique_lock lock(mutex_);
      changed_.wait_for(lock, kFarewell, [&] { return receivers_ == 0; });
    }
    stop();
    pictures_.offer(nullptr);  // Nobody can take the newest any more.
  }

  void hurry() override {}  // Nothing waits for long.

 private:
  // One connection's stream; owned by its response.
  struct Receiver {
    Receiver(MjpegServer& of, MHD_Connection* connection)
        : server(of),
          reader(
              of.pictures_, [connection] { MHD_suspend_connection(connection); },
              [connection] { MHD_resume_connection(connection); }) {
      server.count(+1);
    }
    ~Receiver() { server.count(-1); }
    Receiver(const Receiver&) = delete;
    Receiver& operator=(const Receiver&) = delete;

    MjpegServer& server;
    MjpegReader reader;
  };

  static MHD_Result on_request(void* self, MHD_Connection* connection, const char* url,
                               const char* method, const char* /*version*/, const char* /*upload*/,
                               std::size_t* upload_bytes, void** state) noexcept {
    static char seen = 0;
    if (*state == nullptr) {  // Only its header has come.
      *state = &seen;
      return MHD_YES;
    }
    if (*upload_bytes != 0) {
      *upload_bytes = 0;
      return MHD_YES;
    }
    try {
      return static_cast<MjpegServer*>(self)->respond(*connection, url, method);
    } catch (const std::exception&) {
      return MHD_NO;  // The connection is closed.
    }
  }

  MHD_Result respond(MHD_Connection& connection, const std::string& url,
                     const std::string& method) {
    if (method != "GET" && method != "HEAD") {
      return answer(&connection, MHD_HTTP_METHOD_NOT_ALLOWED, "GET alone is served\n");
    }
    if (url == "/") {
      return answer(&connection, MHD_HTTP_OK, stream_page(path_), "text/html; charset=utf-8");
    }
    if (url == asked_path_ + ".jpg") return send_newest(connection);
    if (url != asked_path_) return answer(&connection, MHD_HTTP_NOT_FOUND, "nothing is here\n");
    if (method == "HEAD") return answer(&connection, MHD_HTTP_OK, "", stream_type().c_str());
    if (receivers() >= kReceivers) {
      return answer(&connection, MHD_HTTP_SERVICE_UNAVAILABLE, "too many receivers\n");
    }
    return send_stream(connection);
  }

  MHD_Result send_newest(MHD_Connection& connection) {
    const std::shared_ptr<OfferedPicture> newest = pictures_.newest();
    if (!newest) return answer(&connection, MHD_HTTP_SERVICE_UNAVAILABLE, "no picture yet\n");
    const MHD_Result queued = answer(&connection, MHD_HTTP_OK, newest->jpeg(), "image/jpeg");
    newest->taken();
    return queued;
  }

  MHD_Result send_stream(MHD_Connection& connection) {
    limit_send_buffer(connection);
    auto receiver = std::make_unique<Receiver>(*this, &connection);
    const ResponsePtr response(MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, kBlockBytes,
                                                                 &read, receiver.get(), &release));
    if (!response) throw std::bad_alloc();
    (void)receiver.release();
    // Not every receiver of MJPEG understands the chunks of HTTP 1.1.
    MHD_set_response_options(response.get(), MHD_RF_HTTP_1_0_COMPATIBLE_STRICT, MHD_RO_END);
    MHD_add_response_header(response.get(), MHD_HTTP_HEADER_CONTENT_TYPE, stream_type().c_str());
    MHD_add_response_header(response.get(), MHD_HTTP_HEADER_CACHE_CONTROL, "no-store");
    return MHD_queue_response(&connection, MHD_HTTP_OK, response.get());
  }

  // What the system keeps for a slow receiver is old by the time that it gets it.
  static void limit_send_buffer(MHD_Connection& connection) {
    const MHD_ConnectionInfo* const info =
        MHD_get_connection_info(&connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    constexpr int kBytes = 262144;
    if (info == nullptr) return;
    (void)setsockopt(info->connect_fd, SOL_SOCKET, SO_SNDBUF, &kBytes, sizeof kBytes);
  }

  static ssize_t read(void* receiver, std::uint64_t /*position*/, char* to,
                      std::size_t room) noexcept {
    try {
      const std::ptrdiff_t bytes = static_cast<Receiver*>(receiver)->reader.read(to, room);
      return bytes < 0 ? MHD_CONTENT_READER_END_OF_STREAM : bytes;
    } catch (const std::exception&) {
      return MHD_CONTENT_READER_END_WITH_ERROR;
    }
  }

  static void release(void* receiver) noexcept { delete static_cast<Receiver*>(receiver); }

  [[nodiscard]] int receivers() const {
    const std::lock_guard lock(mutex_);
    return receivers_;
  }

  void count(int change) {
    std::unique_lock lock(mutex_);
    receivers_ += change;
    const std::string now = " (" + std::to_string(receivers_) + " now)";
    const bool is_over = is_ending_;
    changed_.notify_all();
    lock.unlock();
    if (change > 0) ledger_->receiver_came("a receiver came" + now);
    if (change < 0) ledger_->receiver_gone(is_over ? "" : "a receiver has gone" + now);
  }

  // Receivers get what they have not seen yet, and that it is the end.
  void begin_end() {
    {
      const std::lock_guard lock(mutex_);
      is_ending_ = true;
    }
    pictures_.end();
  }

  // Closes all connections at once.
  void stop() {
    begin_end();  // No connection may sleep.
    daemon_.reset();
  }

  const std::string path_, asked_path_;
  const std::shared_ptr<TargetLedger> ledger_;
  const std::shared_ptr<JpegEncoder> encoder_;
  MjpegPictures pictures_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  int receivers_ = 0;
  bool is_ending_ = false;
  DaemonPtr daemon_;  // Last: its connections use all the rest.
};

}  // namespace

std::unique_ptr<PictureSink> make_mjpeg_server(const TargetAddress& address, FrameSize view,
                                               std::shared_ptr<TargetLedger> ledger,
                                               std::chrono::seconds stall_limit) {
  return std::make_unique<MjpegServer>(address, view, std::move(ledger), stall_limit);
}

}  // namespace rollingdepth::live

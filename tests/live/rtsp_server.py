"""An RTSP server such as cameras have, of GStreamer: MJPEG at /live.

Argument: a port, or --check, which only tells whether what it needs is there.
"""

import sys

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtspServer  # noqa: E402

Gst.init(None)
for element in ("videotestsrc", "jpegenc", "rtpjpegpay"):
    if Gst.ElementFactory.find(element) is None:
        sys.exit(f"no {element}")
if sys.argv[1] == "--check":
    sys.exit(0)

PICTURES = "videotestsrc is-live=true ! video/x-raw,format=I420,width=320,height=240,framerate=25/1"
factory = GstRtspServer.RTSPMediaFactory()
factory.set_launch(f"( {PICTURES} ! jpegenc ! rtpjpegpay name=pay0 pt=26 )")
server = GstRtspServer.RTSPServer()
server.set_service(sys.argv[1])
server.get_mount_points().add_factory("/live", factory)
server.attach(None)
GLib.MainLoop().run()

#!/usr/bin/env python3
"""Writes the corpora that fuzzing starts from: FOLDER/TARGET/NAME, some valid and some not quite.

Usage: fuzz/seeds.py FOLDER. Pictures and videos are made by ffmpeg, of 32 x 24 pixels; encoders that
it does not have are left out.
"""

import io
import json
import struct
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent


def npy(shape, values, descr="<f4"):
    text = f"{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}".encode()
    text += b" " * (-(len(text) + 11) % 64) + b"\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text + values


def npz(arrays, compression=zipfile.ZIP_DEFLATED):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as archive:
        for name, array in arrays.items():
            archive.writestr(name + ".npy", array)
    return buffer.getvalue()


def floats(*values):
    return struct.pack(f"<{len(values)}f", *values)


def array_seeds():
    clip = npy((2, 3, 4), floats(*range(24)))
    yield "npy", "floats", clip
    yield "npy", "bytes", npy((3, 4), bytes(range(12)), "|u1")
    yield "npy", "channel", npy((1, 2, 2, 1), floats(1, 2, 3, 4))
    yield "npy", "short", clip[:-5]
    yield "npy", "claims", npy((1 << 20, 1 << 10, 1 << 10), b"1234")
    yield "npz", "deflated", npz({"depth": clip})
    yield "npz", "stored", npz({"depth": clip, "other": clip}, zipfile.ZIP_STORED)
    yield "npz", "short", npz({"depth": clip})[:-30]
    yield "npz", "claims", npz({"depth": npy((1 << 20, 1 << 10), b"")})
    points = npy((2, 3, 2), floats(*range(1, 13)))
    yield "tracks", "cotracker", npz({"tracks": points, "visibility": npy((2, 3), b"\1" * 6, "|b1")})
    yield "tracks", "tapvid", npz({"points": points, "occluded": npy((2, 3), b"\0" * 6, "|b1")})


TEXTS = {
    "tracks": [
        "frame,id,x,y,label\n0,1,2.5,3,car\n1,1,3,4,car\n0,2,9,9,\n",
        "frame;x_min;y_min;x_max;y_max\n1;2;3;8;9\n2;3;3;9;9\n",
        "1,1,10,20,8,6,1,-1,-1,-1\n2,1,11,20,8,6,1,-1,-1,-1\n",
        '[{"frame":0,"x":1.5,"y":2,"id":3},{"frame":1,"bbox":[11,20,4,6],"id":3}]',
        '{"unit":"relative","tracks":[{"id":7,"label":"ball","points":[{"frame":8,"x":0.5,"y":0.25,'
        '"depth":0.7,"valid":true}]}]}',
        '{"images":[{"id":4,"frame_index":0,"file_name":"00007.png","width":64,"height":48}],'
        '"annotations":[{"image_id":4,"track_id":8,"category_id":3,"bbox":[10,20,8,6]}],'
        '"categories":[{"id":3,"name":"car"}]}',
        '<?xml version="1.0"?><annotations><meta><task><original_size><width>64</width><height>48'
        '</height></original_size></task></meta><track id="5" label="car"><box frame="0" xtl="1" '
        'ytl="2" xbr="9" ybr="8" outside="0"/><box frame="9" xtl="3" ytl="2" xbr="9" ybr="8" '
        'outside="1"/><points frame="1" points="1,2" occluded="1"/></track></annotations>',
    ],
    "scenes": [
        "Timecode List:,00:00:01.0\nScene Number,Start Frame,End Frame\n1,1,30\n2,31,60\n",
        'Start Frame;Length\n"0";3\n5;3\n',
        '{"frames":60,"scenes":[{"start_frame":0,"end_frame":30},{"start_frame":30,"end_frame":60}]}',
    ],
    "camera": [
        "\x00# a camera\n1 PINHOLE 64 48 50 50 32 24\n",
        "\x001 OPENCV 64 48 50 50 32 24 0.1 0 0 0\n",
        "\x01%YAML:1.0\n---\nimage_width: 64\nimage_height: 48\ncamera_matrix: !!opencv-matrix\n"
        "   rows: 3\n   cols: 3\n   dt: d\n   data: [ 50., 0., 32., 0., 50., 24., 0., 0., 1. ]\n"
        "distortion_coefficients: !!opencv-matrix\n   rows: 1\n   cols: 5\n   dt: d\n"
        "   data: [ 0.1, 0., 0., 0., 0. ]\n",
        '\x02<?xml version="1.0"?><opencv_storage><camera_matrix type_id="opencv-matrix"><rows>3'
        "</rows><cols>3</cols><dt>d</dt><data>50 0 32 0 50 24 0 0 1</data></camera_matrix>"
        "</opencv_storage>",
        "\x01camera_matrix:\n  rows: 3\n  cols: 3\n  data: [50, 0, 32, 0, 50, 24, 0, 0, 1]\n"
        "distortion_model: plumb_bob\ndistortion_coefficients: {rows: 1, cols: 1, data: [0.1]}\n",
        "\x01x: &x [50, 0, 32, 0, 50, 24, 0, 0, 1]\na: &a\n  rows: 3\n  cols: 3\n  data: *x\nb: *a\n"
        "K: *a\n...\n---\nfisheye_model: 0\n",
        "\x01height: 48\nwidth: 64\ndistortion_model: plumb_bob\nD: [0.1]\nK: [50, 0, 32, 0, 50, 24, 0, 0, 1]\n"
        "---\n",
        "\x01height: 48\nwidth: 64\nd:\n- 0.1\nk:\n- 50.0\n- 0\n- 32\n- 0\n- 50\n- 24\n- 0\n- 0\n- 1\n---\n",
        '\x01{"K": {"rows": 3, "cols": 3, "data": [50, 0, 32, 0, 50, 24, 0, 0, 1]}}',
        "\x01%YAML:1.0\n---\ncamera_matrix: !!opencv-matrix\n   rows: 2000\n   cols: 2000\n   dt: d\n"
        "   data: [ ]\n",
    ],
    "options": [
        "\x0030000/1001", "\x001.5G", "\x003/8", "\x00-1e-3", "\x001,2, 25", "\x00auto",
        '\x01quality = "fast"\nres = 64\ninput = ["a.mp4", \'b c.mp4\']\n[live]\nres = 8\n',
        "\x02a 'b c' \"d\"", "\x03--res 64 --no-audio -i a.mp4 --png-scale=2 rest",
        "\x04srt://host:9000?mode=listener&latency=20000", "\x04http://0.0.0.0:8080/depth",
        "\x04v4l2:/dev/video9", "\x04clip.y4m",
    ],
}


def plan():
    records = {"phase": "encode", "unit": "frames", "units": 5, "store": "latents", "first": 0,
               "record_bytes": 8}
    return {"format": 2, "id": "fedcba9876543210", "input": "/clips/caf%E9.mp4", "model": "/models/a",
            "arguments": ["-i", "caf%E9.mp4"], "width": 64, "height": 48, "frames": 5,
            "batch": {"vae_frames": 4, "snippets": 2}, "threads_per_operation": 3, "cuts": [2],
            "phases": [records],
            "identity": {"device": "cpu", "kernels": "avx2", "dtype": "fp32", "tf32": False}}


def job_seeds():
    manifest = {"format": 4, "input": "a.mp4", "id": "fedcba9876543210", "spool": "",
                "outputs": ["a.mp4"], "finished": ["encode"], "batch": {"vae_frames": 4, "snippets": 2},
                "remarks": ["short"], "identity": {"res": 64}, "cuts": [3, 9]}
    note = {"format": 1, "writer": "3of8-host-1234-0f3a9c21", "shard": 3, "shards": 8, "host": "host",
            "process": 1234, "compute": "cpu", "state": "works", "units": 7, "seconds": 2.5}
    for name, target, document in [("manifest", "manifest", manifest), ("plan", "plan", plan()),
                                   ("note", "plan", note)]:
        yield target, name, json.dumps(document).encode()
        yield target, name + "_unsealed", json.dumps({"unsealed": 1, "checksum": "0", **document}).encode()
    yield "records", "two", bytes([3, 20, 0, 1, 0]) + bytes(range(32))
    yield "records", "short", bytes([7, 1, 1, 0, 9]) + b"shard-1of2-a.maps.spool"


def model_seeds():
    for file in sorted(REPOSITORY.glob("models/*/model.json")):
        document = json.loads(file.read_text(encoding="utf-8"))
        for network in document["files"].values():
            network["bytes"] = 0  # The target's networks are empty files.
        yield "model", file.parent.name, json.dumps(document).encode()
    document.update(kind="video-depth-anything", values="metres", window_frames=32, features=64,
                    level_channels=[128, 256], float32_in={"encoder": ["bf16"]},
                    files={name + ".ts": {"bytes": 0, "sha256": ""}
                           for name in ("encoder", "temporal", "decoder", "output")})
    del document["float32_networks"]
    yield "model", "video", json.dumps(document).encode()
    networks = ("encoder", "frame_block", "global_block", "camera", "astt", "levels", "level4",
                "temporal", "decoder", "output")
    document.update(kind="gemdepth", values="relative inverse depth", embed=48,
                    files={name + ".ts": {"bytes": 0, "sha256": ""} for name in networks})
    yield "model", "gemdepth", json.dumps(document).encode()


def pickles():
    """Pickles as torch.save() writes them, of views of the storages 0 and 1 of 64 bytes."""
    def text(value):
        return b"X" + struct.pack("<I", len(value)) + value.encode()

    def tensor(storage, key, count, offset, shape, strides):
        code = b"ctorch._utils\n_rebuild_tensor_v2\n((" + text("storage")
        code += f"ctorch\n{storage}\n".encode() + text(key) + text("cpu") + b"K" + bytes([count]) + b"tQ"
        code += b"K" + bytes([offset])
        for numbers in (shape, strides):
            code += b"(" + b"".join(b"K" + bytes([number]) for number in numbers) + b"t"
        return code + b"\x89ccollections\nOrderedDict\n)RtR"

    plain = text("w") + tensor("FloatStorage", "0", 16, 0, (4, 4), (4, 1))
    half = text("module.half") + tensor("HalfStorage", "1", 32, 2, (3, 2), (1, 8))
    empty = text("none") + tensor("LongStorage", "0", 8, 8, (0, 3), (3, 1))
    parameter = text("p") + b"ctorch._utils\n_rebuild_parameter\n(h\x01\x88}tR"
    noted = b"}" + text("_metadata") + b"ccollections\nOrderedDict\n)Rsb"
    yield "plain", b"\x80\x02}(" + plain + b"u."
    yield "several", b"\x80\x02}q\x00(" + plain + b"q\x01" + half + empty + parameter + b"u."
    yield "ordered", b"\x80\x02ccollections\nOrderedDict\n)R(" + half + b"u" + noted + b"."
    yield "protocol4", (b"\x80\x04\x95" + bytes(8) + b"}\x94(" + plain + b"\x8c\x01v\x94h\x00u."
                        b"]\x8a\x02\x00\x01aG" + bytes(8))
    yield "system", b"\x80\x02cos\nsystem\n(" + text("true") + b"tR."


def safetensors(header, data):
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + data


def checkpoint_seeds():
    for name, code in pickles():
        yield "pickle", name, b"\0" + code
        yield "pickle", name + "_packed", b"\2" + code
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as archive:
            for entry, content in [("data.pkl", code), ("byteorder", b"little"),
                                   ("data/0", bytes(64)), ("data/1", bytes(64))]:
                archive.writestr("n/" + entry, content)
        yield "pickle", name + "_file", b"\1" + buffer.getvalue()
    # With the directory of zip64, which Python writes for large archives alone.
    archive = buffer.getvalue()
    end = archive.rindex(b"PK\5\6")
    count, _, size, offset = struct.unpack("<HHII", archive[end + 8:end + 20])
    archive = (archive[:end] + b"PK\6\6" + bytes(20) + struct.pack("<QQQQ", count, count, size, offset)
               + b"PK\6\7" + bytes(4) + struct.pack("<Q", end) + bytes(4) + archive[end:])
    yield "pickle", "zip64", b"\1" + archive
    header = {"__metadata__": {"format": "pt"},
              "w": {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]},
              "h": {"dtype": "BF16", "shape": [], "data_offsets": [24, 26]},
              "none": {"dtype": "F8_E4M3", "shape": [0, 4], "data_offsets": [26, 26]},
              "i": {"dtype": "I64", "shape": [1], "data_offsets": [26, 34]}}
    whole = safetensors(header, bytes(34))
    yield "safetensors", "whole", b"\0" + whole
    yield "safetensors", "short", b"\0" + whole[:-3]
    yield "safetensors", "claims", b"\0" + safetensors(
        {"w": {"dtype": "F32", "shape": [1 << 40, 1 << 40], "data_offsets": [0, 1 << 62]}}, b"1234")
    for name, files in [("index", {"a": "a", "b": "b"}), ("missing", {"a": "a", "c": "b"}),
                        ("outside", {"a": "../a"})]:
        text = json.dumps({"metadata": {"total_size": 12}, "weight_map": files})
        yield "safetensors", name, b"\1" + text.encode()
    yield "safetensors", "page", b"\0<!DOCTYPE html><html>"


def ffmpeg(*arguments):
    """What ffmpeg writes: the bytes of each file, none where it cannot."""
    with tempfile.TemporaryDirectory() as folder:
        command = ["ffmpeg", "-v", "error", "-f", "lavfi", "-i", "testsrc=s=32x24:r=25:d=0.12",
                   *arguments[:-1], str(Path(folder) / arguments[-1])]
        subprocess.run(command, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
        return [file.read_bytes() for file in sorted(Path(folder).iterdir())]


def picture_seeds():
    kinds = [("png", "gray", "gray.png"), ("png", "deep", "gray16be.png"),
             ("picture", "png", "rgb24.png"), ("picture", "palette", "pal8.png"),
             ("picture", "jpeg", "yuvj420p.jpg"), ("picture", "bmp", "bgr24.bmp"),
             ("picture", "webp", "yuv420p.webp"), ("picture", "tga", "bgr24.tga"),
             ("picture", "ppm", "rgb24.ppm"), ("picture", "pfm", "grayf32le.pfm"),
             ("picture", "tiff", "rgb24.tiff"), ("picture", "jp2", "rgb24.jp2"),
             ("picture", "dpx", "rgb24.dpx"), ("exr", "gray", "grayf32le.exr"),
             ("exr", "colour", "gbrpf32le.exr")]
    for target, name, file in kinds:
        for made in ffmpeg("-frames:v", "1", "-pix_fmt", file.split(".")[0], file):
            yield target, name, made
            yield target, name + "_short", made[:len(made) * 3 // 4]
    for compression in ("rle", "zip1", "zip16"):
        for made in ffmpeg("-frames:v", "1", "-pix_fmt", "grayf32le", "-compression", compression,
                           "-format", "half", "a.exr"):
            yield "exr", compression, made
            # The byte of the attribute, for those that ffmpeg does not write: PIZ and so on.
            at = made.index(b"compression\0compression\0") + 28
            for code in range(4, 10):
                yield "exr", f"{compression}_as_{code}", made[:at] + bytes([code]) + made[at + 1:]


def video_seeds():
    codecs = ["libx264", "libx265", "mpeg4", "mpeg2video", "mjpeg", "libvpx", "libvpx-vp9", "ffv1"]
    more = {"libx265": ["-x265-params", "log-level=none"], "ffv1": ["-level", "1"]}
    for number, codec in enumerate(codecs):
        made = ffmpeg("-c:v", codec, *more.get(codec, []), "-f", "image2", "%d.packet")
        if made:
            packets = b"".join(struct.pack(">H", len(packet)) + packet for packet in made)
            yield "packets", codec, bytes([number, 0]) + packets
    for ending in ("mp4", "mkv", "avi", "ts", "webm", "gif", "y4m", "mov", "mpg", "apng"):
        for made in ffmpeg("clip." + ending):
            yield "video", ending, made


def main():
    if len(sys.argv) != 2 or sys.argv[1].startswith("-"):
        sys.exit(__doc__.strip())
    texts = ((target, str(number), text.encode())
             for target, seeds in TEXTS.items() for number, text in enumerate(seeds))
    for seeds in (texts, array_seeds(), job_seeds(), model_seeds(), checkpoint_seeds(),
                  picture_seeds(), video_seeds()):
        for target, name, content in seeds:
            file = Path(sys.argv[1]) / target / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)


if __name__ == "__main__":
    main()

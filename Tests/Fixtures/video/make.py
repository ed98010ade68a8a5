#!/usr/bin/env python3
"""Makes the streams of this folder with ffmpeg (Debian's package), each ten frames of 64 by 48 pixels.

A frame: its left half (200, 40, 40), its right half (40, 60, 200), and on them a white square of 16 by 16 pixels, 16 from
the top and four times the frame's number from the left. A file: each frame's bytes behind their count (u32, big-endian).
"""

import json
import os
import struct
import subprocess
import tempfile

ENCODERS = {
    "vp8": ["libvpx", "-deadline", "realtime", "-b:v", "1M"],
    "vp9": ["libvpx-vp9", "-deadline", "realtime", "-lag-in-frames", "0", "-b:v", "1M"],
    "h264": ["libx264", "-tune", "zerolatency", "-crf", "16"],
    "h265": ["libx265", "-tune", "zerolatency", "-crf", "16", "-x265-params", "log-level=error"],
}
CONTAINERS = {"vp8": "ivf", "vp9": "ivf", "h264": "h264", "h265": "hevc"}


def picture(number):
    rows = bytearray()
    for y in range(48):
        for x in range(64):
            in_square = 16 <= y < 32 and 4 * number <= x < 4 * number + 16
            rows += bytes((255, 255, 255) if in_square else (200, 40, 40) if x < 32 else (40, 60, 200))
    return bytes(rows)


def main():
    here = os.path.dirname(os.path.abspath(__file__))
    raw = b"".join(picture(number) for number in range(10))
    for name, encoder in ENCODERS.items():
        with tempfile.NamedTemporaryFile(suffix="." + CONTAINERS[name]) as file:
            subprocess.run(
                ["ffmpeg", "-v", "error", "-y", "-f", "rawvideo", "-pix_fmt", "rgb24", "-s", "64x48", "-r", "25", "-i", "-",
                 "-pix_fmt", "yuv420p", "-c:v", *encoder, "-f", CONTAINERS[name], file.name], input=raw, check=True)
            packets = json.loads(subprocess.run(
                ["ffprobe", "-v", "error", "-show_packets", "-show_data", "-of", "json", file.name],
                capture_output=True, check=True).stdout)["packets"]
        with open(os.path.join(here, name + ".frames"), "wb") as output:
            for packet in packets:
                data = b"".join(bytes.fromhex(line[10:49].replace(" ", "")) for line in packet["data"].splitlines() if line)
                assert len(data) == int(packet["size"])
                output.write(struct.pack(">I", len(data)) + data)


if __name__ == "__main__":
    main()

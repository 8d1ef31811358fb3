#!/usr/bin/env python3
"""Writes the files of this folder. Needs ffmpeg. Run it here to make them anew."""

import io
import math
import struct
import subprocess
import zipfile
from pathlib import Path

HERE = Path(__file__).parent
RATE = 8000
SAMPLES = [int(9000 * math.sin(math.tau * 440 * n / RATE)) for n in range(1600)]
PCM = struct.pack(f"<{len(SAMPLES)}h", *SAMPLES)


def wav(riff=None, size=None, tag=1, channels=1, rate=RATE, block=None, bits=16, data=PCM, behind=b""):
    block = channels * bits // 8 if block is None else block
    fmt = struct.pack("<HHIIHH", tag, channels, rate, rate * block & 0xFFFFFFFF, block, bits)
    body = b"WAVEfmt " + struct.pack("<I", len(fmt)) + fmt
    body += b"data" + struct.pack("<I", len(data) if size is None else size) + data + behind
    return b"RIFF" + struct.pack("<I", len(body) if riff is None else riff) + body


def ffmpeg(name, *options):
    command = ["ffmpeg", "-v", "error", "-y", "-f", "s16le", "-ar", str(RATE), "-ac", "1", "-i", "pipe:0"]
    path = HERE / ("whole-" + name)
    subprocess.run([*command, "-bitexact", *options, path], input=PCM * 3, check=True)
    return path.read_bytes()


def put(name, content):
    (HERE / name).write_bytes(content)


UNKNOWN = 0xFFFFFFFF
put("true.wav", wav())
put("riff-0.wav", wav(riff=0))
put("riff-0-data-0.wav", wav(riff=0, size=0))
put("riff-unknown-data-unknown.wav", wav(riff=UNKNOWN, size=UNKNOWN))
put("riff-true-data-0-and-nothing.wav", wav(data=b""))
put("riff-too-big.wav", wav(riff=99999))
put("riff-too-small.wav", wav(riff=40))
put("data-too-big.wav", wav(size=99999))
put("data-too-big-in-a-stream.wav", wav(riff=0, size=99999))
put("data-no-whole-sample.wav", wav(data=PCM[:-1] , behind=b"\0"))
put("data-ends-with-half-a-sample-in-a-stream.wav", wav(riff=0, size=0, data=PCM[:-1]))
put("chunk-behind.wav", wav(behind=b"LIST\x04\0\0\0INFO"))
put("chunk-too-big.wav", wav()[:12] + b"LIST" + struct.pack("<I", 1 << 30) + wav()[12:])
put("no-data.wav", b"RIFF\x1c\0\0\0" + wav()[8:36])
put("data-before-format.wav", b"RIFF" + struct.pack("<I", 4 + 16) + b"WAVEdata\x08\0\0\0" + PCM[:8])
put("header-cut.wav", wav()[:20])
put("no-channels.wav", wav(channels=0, block=2))
put("many-channels.wav", wav(channels=400, data=PCM[:1600]))
put("rate-0.wav", wav(rate=0))
put("rate-unbelievable.wav", wav(rate=4_000_000_000, block=2))
put("bits-7.wav", wav(bits=7, block=1))
put("bits-0.wav", wav(bits=0, block=2))
put("block-lies.wav", wav(block=8))
put("codec-unknown.wav", wav(tag=0x55))
put("not-a-number.wav", wav(tag=3, bits=32, data=struct.pack("<3f", 0.5, math.nan, 0.5)))
put("infinite.wav", wav(tag=3, bits=64, data=struct.pack("<3d", 0.5, math.inf, 0.5)))
put("floats-that-are-integers.wav", wav(tag=3, bits=32, data=struct.pack("<1600f", *SAMPLES)))
put("silent.wav", wav(data=bytes(3200)))

put("empty.wav", b"")
archive = io.BytesIO()
with zipfile.ZipFile(archive, "w") as z:
    z.writestr(zipfile.ZipInfo("true.wav"), wav())
put("zip-named.wav", archive.getvalue())
put("text-named.mp3", "This is a text, and no name makes it sound.\n".encode() * 4)
put("pdf-named.ogg", b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\n")

mp3 = ffmpeg("tone.mp3", "-b:a", "32k", "-id3v2_version", "3")
put("last-frame-cut.mp3", mp3[:-30])
put("frames-missing.mp3", mp3[: len(mp3) * 2 // 3])
put("one-cut-frame.mp3", mp3[-144:-20] if mp3[-144] == 0xFF else mp3[:60])
put("only-a-tag.mp3", b"ID3\x03\0\0\0\0\x7f\x7f" + bytes(40))
put("id3v1-behind.mp3", mp3 + b"TAG" + bytes(125))
ogg = ffmpeg("tone.opus", "-b:a", "12k")
put("page-cut.opus", ogg[:-20])
put("byte-changed.opus", ogg[:-40] + bytes([ogg[-40] ^ 1]) + ogg[-39:])
flac = ffmpeg("tone.flac")
put("cut.flac", flac[:-200])
put("promises-more.flac", flac[:22] + struct.pack(">I", 99999) + flac[26:])
put("byte-changed.flac", flac[:-300] + bytes([flac[-300] ^ 1]) + flac[-299:])
m4a = ffmpeg("tone.m4a", "-b:a", "16k", "-movflags", "faststart")
put("cut.m4a", m4a[:-200])
webm = ffmpeg("tone.webm", "-b:a", "12k")
put("cut.webm", webm[: len(webm) * 2 // 3])
adts = ffmpeg("tone.aac", "-b:a", "16k")
put("cut.aac", adts[:-10])

#!/usr/bin/env python3
"""Prints PNG files in the forms that other programs write, in base64, for
Tests/OutputTests/Pictures/ForeignPNGTests.swift. All show the same colours or the same greys. Pillow
writes those that it can; the others are written by hand (PNG specification, 7 and 8). Needs Pillow.
"""

import base64
import io
import struct
import zlib

from PIL import Image

WIDTH, HEIGHT = 5, 3
COLORS = [[((40 * x + 7) % 256, (80 * y + 3) % 256, 9 * (x + y)) for x in range(WIDTH)] for y in range(HEIGHT)]
GREYS = [[(17 * (5 * y + x)) % 256 for x in range(WIDTH)] for y in range(HEIGHT)]
# The first pass of Adam7 has the pixels at column 0, row 0 with steps 8, 8, and so on.
ADAM7 = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def written(depth, color, rows, interlaced=False):
    header = struct.pack(">IIBBBBB", WIDTH, HEIGHT, depth, color, 0, 0, int(interlaced))
    data = zlib.compress(b"".join(b"\0" + row for row in rows))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def interlaced():
    rows = []
    for left, top, right, down in ADAM7:
        for y in range(top, HEIGHT, down):
            row = b"".join(bytes(COLORS[y][x]) for x in range(left, WIDTH, right))
            if row:
                rows.append(row)
    return written(8, 2, rows, interlaced=True)


def saved(image):
    file = io.BytesIO()
    image.save(file, "PNG")
    return file.getvalue()


def wide(value):
    """A 16-bit sample that is 100 above or below the exact one, which rounding ignores."""
    return min(max(257 * value + (100 if value % 2 else -100), 0), 65535)


rgb = Image.new("RGB", (WIDTH, HEIGHT))
rgb.putdata([color for row in COLORS for color in row])
rgba = rgb.copy()
rgba.putalpha(Image.frombytes("L", (WIDTH, HEIGHT), bytes(range(0, 15 * 17, 17))))
grey = Image.frombytes("L", (WIDTH, HEIGHT), bytes(value for row in GREYS for value in row))
translucent = grey.copy()
translucent.putalpha(77)

for name, file in {
    "palette": saved(rgb.quantize(15)),
    "RGBA": saved(rgba),
    "16-bit RGB": written(16, 2, [struct.pack(">15H", *(wide(v) for c in row for v in c)) for row in COLORS]),
    "interlaced RGB": interlaced(),
    "grey and alpha": saved(translucent),
    "16-bit grey": written(16, 0, [struct.pack(">5H", *map(wide, row)) for row in GREYS]),
    "4-bit grey": written(4, 0, [bytes([16 * (5 * y) + 5 * y + 1, 16 * (5 * y + 2) + 5 * y + 3, 16 * (5 * y + 4)]) for y in range(HEIGHT)]),
}.items():
    print(name, base64.b64encode(file).decode(), sep="\n")
print("colors", bytes(value for row in COLORS for color in row for value in color).hex())
print("greys", bytes(value for row in GREYS for value in row).hex())
print("palette", Image.open(io.BytesIO(saved(rgb.quantize(15)))).convert("RGB").tobytes().hex())

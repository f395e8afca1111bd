#!/usr/bin/env python3
"""Compares the filters and zlib settings of a PNG encoder on the images in a folder: bytes per
image, and milliseconds in zlib. The time for libpng's filters is not included. It is longest for
"best", which tries all five.

    scripts/measure-png.py folder/images

The program's setting for images is Paeth with run-length zlib (Sources/CPNG). Needs numpy, Pillow.
"""

import pathlib
import sys
import time
import zlib

import numpy as np
from PIL import Image

SETTINGS = {
    "run-length": (6, zlib.Z_RLE),
    "Huffman only": (6, zlib.Z_HUFFMAN_ONLY),
    "level 1": (1, zlib.Z_FILTERED),
    "level 6": (6, zlib.Z_FILTERED),
    "level 9": (9, zlib.Z_FILTERED),
}


def filtered(pixels):
    """The output of the five filters (PNG specification, 9.2), [5][height][width * channels]."""
    x = pixels.astype(np.int16)
    left, up, corner = np.zeros_like(x), np.zeros_like(x), np.zeros_like(x)
    left[:, 1:] = x[:, :-1]
    up[1:] = x[:-1]
    corner[1:, 1:] = x[:-1, :-1]
    a, b, c = abs(up - corner), abs(left - corner), abs(left + up - 2 * corner)
    paeth = np.where((a <= b) & (a <= c), left, np.where(b <= c, up, corner))
    filters = [x, x - left, x - up, x - (left + up) // 2, x - paeth]
    return np.stack(filters).astype(np.uint8).reshape(5, len(x), -1)


def rows(pixels):
    """The bytes passed to zlib, with the number of the filter before each row."""
    filters = filtered(pixels)
    cost = abs(filters.astype(np.int8).astype(int)).sum(axis=2)
    choices = {"none": 0, "sub": 1, "up": 2, "average": 3, "Paeth": 4, "best": cost.argmin(axis=0)}
    for name, choice in choices.items():
        chosen = np.broadcast_to(choice, len(pixels)).astype(np.uint8)
        bytes_ = filters[chosen, np.arange(len(pixels))]
        yield name, np.concatenate([chosen[:, None], bytes_], axis=1).tobytes()


def main():
    paths = sorted(pathlib.Path(sys.argv[1]).rglob("*.png"))[:200]
    inputs = {}
    for path in paths:
        for name, data in rows(np.array(Image.open(path))):
            inputs.setdefault(name, []).append(data)
    print(f"{len(paths)} images; bytes, ms of zlib", *SETTINGS, sep=" | ")
    for name, images in inputs.items():
        cells = []
        for level, strategy in SETTINGS.values():
            start = time.process_time()
            size = 0
            for image in images:
                encoder = zlib.compressobj(level, strategy=strategy)
                size += len(encoder.compress(image)) + len(encoder.flush())
            seconds = time.process_time() - start
            cells.append(f"{size / len(paths):.0f}, {seconds / len(paths) * 1e3:.3f}")
        print(name, *cells, sep=" | ")


if __name__ == "__main__":
    main()

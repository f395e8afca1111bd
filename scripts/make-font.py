#!/usr/bin/env python3
"""Draws the two fonts of the contact sheet.

DejaVuSansMono.png is antialiased. It is a grid of equal cells, 16 in each row, with the characters
of RANGES in order. The brightness of a pixel is its coverage. Unifont.glyphs has all other
characters of Unicode's Basic Multilingual Plane, with 33 bytes for each code point from 0 on. The
first byte is the number of cells that the character takes (0 if it is missing). The others are 16
rows of bits, with one byte per row for one cell and two bytes per row for two.

Needs Pillow and the apt packages fonts-dejavu-core and unifont:

    python3 scripts/make-font.py
"""

import argparse
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

# The same as in BitmapFont.swift: ASCII, Latin-1 and Latin Extended-A, Greek, Cyrillic, punctuation.
RANGES = [
    (0x20, 0x7E), (0xA0, 0x17F), (0x384, 0x38A), (0x38C, 0x38C), (0x38E, 0x3A1), (0x3A3, 0x3CE),
    (0x400, 0x45F), (0x490, 0x49B), (0x2010, 0x2026)
]
COLUMNS = 16
FOLDER = Path(__file__).parent.parent / "Sources/Output/Pictures/Font"
GLYPH_BYTES = 33


def draw_atlas(font):
    """Returns the atlas. A cell is as wide as the advance, and as high as ascent plus descent."""
    codes = [code for first, last in RANGES for code in range(first, last + 1)]
    cell_width = round(font.getlength("M"))
    cell_height = sum(font.getmetrics())
    rows = -(-len(codes) // COLUMNS)
    atlas = Image.new("L", (COLUMNS * cell_width, rows * cell_height))
    for place, code in enumerate(codes):
        row, column = divmod(place, COLUMNS)
        # Drawn in a separate cell, so that no character extends into the next cell.
        cell = Image.new("L", (cell_width, cell_height))
        ImageDraw.Draw(cell).text((0, 0), chr(code), font=font, fill=255)
        atlas.paste(cell, (column * cell_width, row * cell_height))
    return atlas


def glyph_table(lines):
    """Returns the table for Unifont's .hex lines: `0041:` and 32 or 64 digits."""
    table = bytearray()
    for line in lines:
        code, digits = line.strip().split(":")
        bits = bytes.fromhex(digits)
        start = int(code, 16) * GLYPH_BYTES
        table.extend(bytes(max(0, start + GLYPH_BYTES - len(table))))
        table[start:start + 1 + len(bits)] = bytes([len(bits) // 16]) + bits
    return table


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--font", default="/usr/share/fonts/truetype/dejavu/DejaVuSansMono.ttf")
    parser.add_argument("--pixels", type=int, default=15, help="height of the em square")
    parser.add_argument("--unifont", type=Path, default="/usr/share/unifont/unifont.hex")
    parser.add_argument("--out", type=Path, default=FOLDER)
    args = parser.parse_args()
    basic = ImageFont.Layout.BASIC
    atlas = draw_atlas(ImageFont.truetype(args.font, args.pixels, layout_engine=basic))
    atlas.convert("RGB").save(args.out / "DejaVuSansMono.png", optimize=True)
    print(f"DejaVuSansMono.png: {atlas.width}x{atlas.height}")
    table = glyph_table(args.unifont.read_text().splitlines())
    (args.out / "Unifont.glyphs").write_bytes(table)
    print(f"Unifont.glyphs: {len(table)} bytes")


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""Draws the contact sheet's font, printable ASCII in DejaVu Sans Mono, as a small PNG.

The atlas is a grid of equal cells, 16 a row, from code 32 to code 126; its brightness is the
coverage of each pixel. Needs Pillow and the apt package fonts-dejavu-core:

    python3 scripts/make-font.py
"""

import argparse
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

FIRST, LAST, COLUMNS = 32, 126, 16
DEFAULT_OUT = Path(__file__).parent.parent / "Sources/Output/Font/DejaVuSansMono.png"


def draw_atlas(font):
    """Returns the atlas; a cell is the font's advance wide and its ascent and descent high."""
    cell_width = round(font.getlength("M"))
    cell_height = sum(font.getmetrics())
    rows = -(-(LAST - FIRST + 1) // COLUMNS)
    atlas = Image.new("L", (COLUMNS * cell_width, rows * cell_height))
    draw = ImageDraw.Draw(atlas)
    for code in range(FIRST, LAST + 1):
        row, column = divmod(code - FIRST, COLUMNS)
        draw.text((column * cell_width, row * cell_height), chr(code), font=font, fill=255)
    return atlas


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--font", default="/usr/share/fonts/truetype/dejavu/DejaVuSansMono.ttf")
    parser.add_argument("--pixels", type=int, default=15, help="height of the em square")
    parser.add_argument("--out", type=Path, default=DEFAULT_OUT)
    args = parser.parse_args()
    atlas = draw_atlas(ImageFont.truetype(args.font, args.pixels))
    atlas.convert("RGB").save(args.out, optimize=True)
    print(f"{args.out}: {atlas.width}x{atlas.height}, {args.out.stat().st_size} bytes")


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""Prints, in base64, the PNG that Tests/OutputTests/PNGTests.swift reads: a file that Pillow, not
this program, wrote. Needs Pillow.
"""

import base64
import io

from PIL import Image, PngImagePlugin

WIDTH, HEIGHT = 5, 3

text = PngImagePlugin.PngInfo()
text.add_text("label", "3")
text.add_itxt("class", "Größe")
pixels = bytes((7 * i) % 256 for i in range(WIDTH * HEIGHT * 3))
file = io.BytesIO()
Image.frombytes("RGB", (WIDTH, HEIGHT), pixels).save(file, "PNG", pnginfo=text)
print(base64.b64encode(file.getvalue()).decode())

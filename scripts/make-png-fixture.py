#!/usr/bin/env python3
"""Prints values from Pillow for Tests/OutputTests: a PNG in base64 (PNGTests.swift), and the greys for
some colours in hexadecimal (GreyTests.swift). Needs Pillow.
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

# Colours from the whole cube, including black, white and the primaries.
colors = bytes(255 if i % 5 == 0 else (i * i * 37 + 11 * i) % 256 for i in range(3 * 61))
colors += bytes([0, 0, 0, 255, 255, 255, 255, 0, 0, 0, 255, 0, 0, 0, 255])
print(Image.frombytes("RGB", (len(colors) // 3, 1), colors).convert("L").tobytes().hex())

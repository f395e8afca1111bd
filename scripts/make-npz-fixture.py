#!/usr/bin/env python3
"""Prints the values of Tests/OutputTests/NPZ and Tests/OutputTests/Samples in base64: the bytes that
numpy.savez writes for small arrays of several kinds, and the ends that Python's zipfile writes for
archives with simulated sizes around 2 and 4 GiB. Needs numpy.
"""

import base64
import io
import zipfile

import numpy as np


def savez(*arrays):
    file = io.BytesIO()
    np.savez(file, *arrays)
    return file.getvalue()


def savez_compressed(*arrays):
    file = io.BytesIO()
    np.savez_compressed(file, *arrays)
    return file.getvalue()


def version2(array):
    """An npz file whose array has the longer header that numpy uses for many fields."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive, archive.open("arr_0.npy", "w") as member:
        np.lib.format.write_array(member, array, version=(2, 0))
    return file.getvalue()


def ending(*sizes):
    """The central directory for members of these sizes, which are not actually written."""
    archive = zipfile.ZipFile(io.BytesIO(), "w")
    end = 0
    for number, size in enumerate(sizes):
        member = zipfile.ZipInfo(f"arr_{number}.npy")
        member.file_size = member.compress_size = size
        member.CRC = 0x12345678 + number
        member.header_offset = end
        member.external_attr = 0o600 << 16
        end += len(member.FileHeader(zip64=True)) + size
        archive.filelist.append(member)
    # zipfile must write the directory at this offset, although the file is shorter.
    archive.fp = Ending(end)
    archive.start_dir = end
    archive._write_end_record()
    return archive.fp.getvalue()


class Ending(io.BytesIO):
    def __init__(self, start):
        super().__init__()
        self.start = start

    def tell(self):
        return self.start + super().tell()


pixels = np.arange(3 * 2 * 2 * 3, dtype=np.uint8).reshape(3, 2, 2, 3)
for name, content in {
    "labelled": savez(pixels, np.array([7, 2, 7], dtype=np.int64)),
    "unlabelled": savez(pixels),
    "grey": savez(pixels[..., 0], np.array([2, 0, 1], dtype=np.uint8)),
    "one channel": savez(pixels[..., :1], np.array([2, 0, 1], dtype=np.int32)),
    "version 2": version2(pixels),
    "compressed": savez_compressed(pixels),
    "Fortran order": savez(np.asfortranarray(pixels)),
    "2 GiB": ending((2 << 30) - 1, 2 << 30, 100),
    "3 GiB": ending(3 << 30),
    "5 GiB": ending(5 << 30, 100),
}.items():
    print(name, base64.b64encode(content).decode(), sep="\n")

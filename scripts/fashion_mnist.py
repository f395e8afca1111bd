"""Fashion-MNIST from Debian's package dataset-fashion-mnist."""

import gzip
from pathlib import Path

import numpy as np
import torch as th


def load_data(folder: Path, part: str) -> tuple[th.Tensor, th.Tensor]:
    """The images [N, 32, 32] (28×28 padded with black) and labels of "train" or "t10k"."""
    images = idx(folder / f"{part}-images-idx3-ubyte.gz", header=16).reshape(-1, 28, 28)
    labels = idx(folder / f"{part}-labels-idx1-ubyte.gz", header=8)
    padded = np.pad(images, ((0, 0), (2, 2), (2, 2)))
    return th.from_numpy(padded), th.from_numpy(labels.astype(np.int64))


def idx(path: Path, header: int) -> np.ndarray:
    if not path.exists():
        raise SystemExit(
            f"{path} is missing: apt-get install dataset-fashion-mnist, or pass --data"
        )
    return np.frombuffer(gzip.decompress(path.read_bytes()), np.uint8, offset=header)

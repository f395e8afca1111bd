#!/usr/bin/env python3
"""Checks that other programs load the output of diffuse-mpi with the right pixels and labels: Hugging
Face datasets (imagefolder and webdataset), webdataset, torchvision's ImageFolder, guided-diffusion's
evaluator and EDM's fid.py.

    scripts/check-loaders.py [path of diffuse-mpi]

Runs small jobs of the bundled model with every layout and format. Installs the packages from PyPI
into a virtual environment in .build/ (torch is large), unless this Python already has them.
"""

import importlib.util
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import venv
import zipfile

PACKAGES = ["datasets", "webdataset", "torch", "torchvision", "numpy", "pillow"]
MODULES = ["datasets", "webdataset", "torch", "torchvision", "numpy", "PIL"]
ROOT = pathlib.Path(__file__).resolve().parent.parent
ENVIRONMENT = ROOT / ".build" / "loaders"

if any(importlib.util.find_spec(module) is None for module in MODULES):
    python = ENVIRONMENT / "bin" / "python"
    if pathlib.Path(sys.prefix) == ENVIRONMENT or not python.exists():
        venv.create(ENVIRONMENT, with_pip=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", *PACKAGES], check=True)
    os.execv(python, [python, __file__, *sys.argv[1:]])

# Download nothing, and keep no dataset.
os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["HF_DATASETS_DISABLE_PROGRESS_BARS"] = "1"

import datasets
import numpy as np
import PIL.Image
import torchvision
import webdataset

COUNT, CLASSES, SIDE, SHARD = 30, 10, 32, 7


def make_job(program, folder, *options):
    """Labels and seeds are consecutive, so the seed of an image is its index."""
    arguments = ["--num-samples", str(COUNT), "--steps", "5", "--npz", "--out", str(folder)]
    result = subprocess.run([program, *arguments, *options], capture_output=True, text=True)
    if result.returncode != 0:
        sys.exit(f"{program} failed:\n{result.stderr}")
    return folder


def check_hugging_face(images, truth, cache):
    data = datasets.load_dataset(
        "imagefolder", data_dir=str(images), split="train", cache_dir=str(cache)
    )
    assert len(data) == COUNT, len(data)
    names = {}
    for row in data:
        index = row["seed"]
        assert row["label"] == index % CLASSES, row
        names.setdefault(row["label"], set()).add(row["class_name"])
        same(row["image"], truth[index])
    assert sorted(data["seed"]) == list(range(COUNT))
    assert len(names) == CLASSES and all(len(name) == 1 for name in names.values()), names


def check_edm(images, truth):
    """Finds and reads images as fid.py's dataset does: all files below the folder whose extension
    Pillow knows, sorted by path; channels first, with a grey channel repeated."""
    PIL.Image.init()
    paths = [
        os.path.relpath(os.path.join(folder, name), images)
        for folder, _, names in os.walk(images)
        for name in names
    ]
    paths = sorted(
        path for path in paths if os.path.splitext(path)[1].lower() in PIL.Image.EXTENSION
    )
    assert len(paths) == COUNT, paths
    for path in paths:
        pixels = np.array(PIL.Image.open(os.path.join(images, path)))
        pixels = pixels[:, :, None] if pixels.ndim == 2 else pixels
        pixels = pixels.transpose(2, 0, 1)
        if pixels.shape[0] == 1:
            pixels = np.repeat(pixels, 3, axis=0)
        assert pixels.shape == (3, SIDE, SIDE), pixels.shape
        same(pixels.transpose(1, 2, 0), truth[int(pathlib.Path(path).stem)])


def check_torchvision(images, truth):
    data = torchvision.datasets.ImageFolder(str(images))
    assert len(data) == COUNT, len(data)
    assert {int(name): number for name, number in data.class_to_idx.items()} == {
        label: label for label in range(CLASSES)
    }, data.class_to_idx
    for (image, label), (path, _) in zip(data, data.samples):
        index = int(pathlib.Path(path).stem)
        assert label == index % CLASSES, (path, label)
        same(image, truth[index])


def check_webdataset(shards, truth):
    count = (COUNT + SHARD - 1) // SHARD
    urls = f"{shards}/{{000000..{count - 1:06}}}.tar"
    data = webdataset.WebDataset(urls, shardshuffle=False).decode("rgb8")
    index = -1
    for index, sample in enumerate(data):
        assert sample["__key__"] == f"{index:06}", sample["__key__"]
        assert sample["cls"] == index % CLASSES, sample["cls"]
        assert sample["json"]["label"] == index % CLASSES and sample["json"]["seed"] == index
        same(sample["png"], truth[index])
    assert index == COUNT - 1, index


def check_hugging_face_shards(shards, truth, cache):
    """Loads a folder of shards as users do; it must contain nothing else."""
    assert all(name.endswith(".tar") for name in os.listdir(shards)), os.listdir(shards)
    data = datasets.load_dataset(
        "webdataset", data_dir=str(shards), split="train", cache_dir=str(cache)
    )
    assert len(data) == COUNT, len(data)
    for index, row in enumerate(data):
        assert row["__key__"] == f"{index:06}", row["__key__"]
        assert int(row["cls"]) == index % CLASSES, row["cls"]
        assert row["json"]["label"] == index % CLASSES and row["json"]["seed"] == index
        same(row["png"], truth[index])


def check_npz(folder, truth):
    (path,) = folder.glob("samples_*.npz")
    assert path.name == f"samples_{COUNT}x{SIDE}x{SIDE}x3.npz", path.name
    data = np.load(path)
    assert sorted(data) == ["arr_0", "arr_1"]
    same(data["arr_0"], truth)
    assert data["arr_1"].dtype == np.int64
    assert np.array_equal(data["arr_1"], np.arange(COUNT) % CLASSES)
    # The evaluator streams the pixels after a header of version 1.0.
    with zipfile.ZipFile(path) as archive, archive.open("arr_0.npy") as pixels:
        assert np.lib.format.read_magic(pixels) == (1, 0)
        shape, is_fortran, dtype = np.lib.format.read_array_header_1_0(pixels)
        assert not is_fortran and dtype == np.uint8
        same(np.frombuffer(pixels.read(), dtype).reshape(shape), truth)


def same(pixels, expected):
    if isinstance(pixels, PIL.Image.Image):
        pixels = pixels.convert("RGB")
    assert np.array_equal(np.asarray(pixels), expected)


def read(path):
    with PIL.Image.open(path) as image:
        return np.array(image)


def main():
    program = sys.argv[1] if len(sys.argv) > 1 else ROOT / ".build" / "release" / "diffuse-mpi"
    with tempfile.TemporaryDirectory() as temporary:
        folder = pathlib.Path(temporary)
        flat = make_job(program, folder / "flat")
        truth = np.stack([read(flat / "images" / f"{i:06}.png") for i in range(COUNT)])
        assert truth.shape == (COUNT, SIDE, SIDE, 3) and len(np.unique(truth, axis=0)) == COUNT
        lines = [json.loads(line) for line in (flat / "images/metadata.jsonl").open()]
        assert [line["label"] for line in lines] == [i % CLASSES for i in range(COUNT)]

        jobs = {
            "flat": flat,
            "subdirs": make_job(program, folder / "subdirs", "--layout", "subdirs"),
            "classes": make_job(program, folder / "classes", "--layout", "classes"),
        }
        for name, job in jobs.items():
            check_hugging_face(job / "images", truth, folder / "cache" / name)
            check_edm(job / "images", truth)
            check_npz(job, truth)
            print(f"{name}: datasets, EDM and npz agree")
        check_torchvision(jobs["classes"] / "images", truth)
        print("classes: torchvision agrees")

        tar = make_job(
            program, folder / "tar", "--format", "tar", "--shard-size", str(SHARD)
        )
        check_webdataset(tar / "shards", truth)
        check_hugging_face_shards(tar / "shards", truth, folder / "cache" / "tar")
        check_npz(tar, truth)
        assert (tar / "metadata.jsonl").read_text().count("\n") == COUNT
        print("tar: webdataset, datasets and npz agree")

        grey = make_job(program, folder / "grey", "--grayscale")
        luma = np.stack([np.array(PIL.Image.fromarray(pixels).convert("L")) for pixels in truth])
        assert np.array_equal(luma, [read(grey / "images" / f"{i:06}.png") for i in range(COUNT)])
        repeated = np.repeat(luma[..., None], 3, axis=3)
        check_hugging_face(grey / "images", repeated, folder / "cache" / "grey")
        check_edm(grey / "images", repeated)
        check_npz(grey, repeated)
        print("grayscale: Pillow's greys, datasets, EDM and npz agree")


if __name__ == "__main__":
    main()

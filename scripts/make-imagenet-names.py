#!/usr/bin/env python3
"""Writes the names of ImageNet's 1,000 classes, one per line, in the order of their WordNet numbers.

The labels of ADM's checkpoints have the same order, because ADM is trained on sorted folders. The
numbers and names come from the wheel of timm (https://pypi.org/project/timm). Nothing else in the
wheel is used:

    pip download --no-deps timm==1.0.31
    python3 scripts/make-imagenet-names.py timm-1.0.31-py3-none-any.whl
"""

import argparse
import zipfile
from pathlib import Path

FOLDER = "timm/data/_info"
DEFAULT_OUT = Path(__file__).parent.parent / "Sources/Model/ImageNet/class-names.txt"


def read_lines(wheel, name):
    return wheel.read(f"{FOLDER}/{name}").decode().splitlines()


def class_names(wheel):
    """Returns the names, such as "tench, Tinca tinca", in the order of the labels."""
    synsets = read_lines(wheel, "imagenet_synsets.txt")
    names = dict(line.split("\t") for line in read_lines(wheel, "imagenet_synset_to_lemma.txt"))
    if len(synsets) != 1000 or synsets != sorted(synsets):
        raise SystemExit("imagenet_synsets.txt does not hold 1,000 sorted numbers")
    return [names[synset] for synset in synsets]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("wheel", type=Path)
    parser.add_argument("--out", type=Path, default=DEFAULT_OUT)
    args = parser.parse_args()
    with zipfile.ZipFile(args.wheel) as wheel:
        names = class_names(wheel)
    args.out.write_text("".join(f"{name}\n" for name in names), encoding="utf-8")
    print(f"{args.out}: {len(names)} names")


if __name__ == "__main__":
    main()

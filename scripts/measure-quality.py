#!/usr/bin/env python3
"""Measures the quality of images of the bundled model, to choose its sampling settings.

  scripts/measure-quality.py run-a run-b …

A small convolutional network judges every output folder of diffuse-mpi. It was trained on the clean
images of Fashion-MNIST, and is independent of the bundled classifier. Its weights are in
scripts/judge.safetensors, because another training would give other figures for the same images. If
--network names a file that does not exist, a network is trained for it, which takes a few minutes.
Prints a row per folder:

  accuracy   share of the images that the network assigns to the requested class
  Fréchet    distance between the Gaussians of the images' and the test set's features; smaller is
             better (Heusel et al. 2017, with this network's 64 features instead of Inception's)
  precision  share of the images that lie among the test images (Kynkäänniemi et al. 2019, k = 3)
  recall     share of the test images that lie among the images, likewise

Fréchet and recall depend on the number of images, so compare runs with the same number. The row
"training images" shows the score of a perfect generator with as many images as the first folder.
Needs torch, numpy, safetensors and pillow, and Debian's dataset-fashion-mnist.
"""

import argparse
import json
import os
from pathlib import Path

import numpy as np
import torch as th
import torch.nn.functional as F
from PIL import Image
from safetensors.torch import load_file, save_file

from fashion_mnist import load_data

DATA = Path("/usr/share/datasets/fashion-mnist")
NETWORK = Path(__file__).resolve().parent / "judge.safetensors"
NEIGHBOURS = 3


def main() -> None:
    arguments = parse()
    th.manual_seed(0)
    th.set_num_threads(arguments.threads)
    judge = trained_judge(arguments.network, arguments.data)
    reference = Reference(judge, *load_data(arguments.data, "t10k"))
    runs = [(folder.name, *load_run(folder)) for folder in arguments.folders]
    count = len(runs[0][2])
    print("| run | images | accuracy | Fréchet | precision | recall |\n|---|---|---|---|---|---|")
    for row in [("training images", *training_sample(arguments.data, count)), *runs]:
        print(reference.row(*row), flush=True)


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folders", type=Path, nargs="+", help="output folders of diffuse-mpi")
    parser.add_argument("--network", type=Path, default=NETWORK, help="weights of the network")
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--data", type=Path, default=DATA, help="folder of the four .gz files")
    return parser.parse_args()


class Judge(th.nn.Module):
    """Classifies grey images [N, 1, 32, 32] in 0…1."""

    def __init__(self):
        super().__init__()
        channels = [1, 32, 64, 128]
        self.body = th.nn.Sequential(
            *(self.stage(a, b) for a, b in zip(channels, channels[1:])),
            th.nn.Flatten(),
            th.nn.Dropout(0.3),
            th.nn.Linear(128 * 4 * 4, 64),
        )
        self.head = th.nn.Linear(64, 10)

    @staticmethod
    def stage(inputs: int, outputs: int) -> th.nn.Sequential:
        convolution = th.nn.Conv2d(inputs, outputs, 3, padding=1, bias=False)
        return th.nn.Sequential(
            convolution, th.nn.BatchNorm2d(outputs), th.nn.ReLU(), th.nn.MaxPool2d(2)
        )

    def features(self, x: th.Tensor) -> th.Tensor:
        return F.relu(self.body(x))

    def forward(self, x: th.Tensor) -> th.Tensor:
        return self.head(self.features(x))

    @th.no_grad()
    def judge(self, images: th.Tensor) -> tuple[th.Tensor, th.Tensor]:
        """Features [N, 64] and predicted labels [N] of 8-bit images [N, 32, 32]."""
        self.eval()
        features = th.cat([self.features(scaled(part)) for part in images.split(500)])
        return features, self.head(features).argmax(dim=1)


def trained_judge(path: Path, data: Path) -> Judge:
    """The network in the file; trains it first if the file does not exist."""
    if not path.exists():
        state = train(*load_data(data, "train")).state_dict()
        save_file({name: each.contiguous() for name, each in state.items()}, path)
    judge = Judge()
    judge.load_state_dict(load_file(path))
    return judge.to(memory_format=th.channels_last)


def train(images: th.Tensor, labels: th.Tensor, steps: int = 2812, batch: int = 128) -> Judge:
    """A network that was trained on 8-bit images [N, 32, 32] with their labels [N]."""
    judge = Judge().to(memory_format=th.channels_last)
    optimiser = th.optim.AdamW(judge.parameters(), weight_decay=0.01)
    schedule = th.optim.lr_scheduler.OneCycleLR(optimiser, max_lr=3e-3, total_steps=steps)
    for step in range(steps):
        chosen = th.randint(0, len(images), (batch,))
        x = scaled(images[chosen])
        mirrored = th.where(th.rand(batch, 1, 1, 1) < 0.5, x, x.flip(3))
        with th.autocast("cpu", dtype=th.bfloat16):
            logits = judge.train()(mirrored).float()
        loss = F.cross_entropy(logits, labels[chosen])
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
        if (step + 1) % 500 == 0:
            print(f"training the network: step {step + 1} of {steps}, loss {loss:.3f}", flush=True)
    return judge


class Reference:
    """The features of the test set, and the values needed for distances to them."""

    def __init__(self, judge: Judge, images: th.Tensor, labels: th.Tensor):
        self.judge = judge
        self.features, predicted = judge.judge(images)
        self.radii = neighbour_radii(self.features)
        print(f"the network's accuracy on the test set: {mean(predicted == labels):.1%}\n")

    def measure(self, images: th.Tensor, labels: th.Tensor) -> dict[str, float]:
        features, predicted = self.judge.judge(images)
        recalled = covered(self.features, features, neighbour_radii(features))
        return {
            "images": len(images),
            "accuracy": mean(predicted == labels),
            "frechet": frechet_distance(features, self.features),
            "precision": mean(covered(features, self.features, self.radii)),
            "recall": mean(recalled),
        }

    def row(self, name: str, images: th.Tensor, labels: th.Tensor) -> str:
        m = self.measure(images, labels)
        return (
            f"| {name} | {m['images']} | {m['accuracy']:.1%} | {m['frechet']:.1f} "
            f"| {m['precision']:.1%} | {m['recall']:.1%} |"
        )


def frechet_distance(a: th.Tensor, b: th.Tensor) -> float:
    """|μa − μb|² + tr(Ca + Cb − 2 (Ca Cb)^½) of features [N, 64] and [M, 64]."""
    a, b = a.double(), b.double()
    values, vectors = th.linalg.eigh(a.T.cov())
    root = vectors * values.clamp(min=0).sqrt() @ vectors.T
    product = th.linalg.eigvalsh(root @ b.T.cov() @ root).clamp(min=0).sqrt().sum()
    means = (a.mean(dim=0) - b.mean(dim=0)).square().sum()
    return (means + a.T.cov().trace() + b.T.cov().trace() - 2 * product).item()


def neighbour_radii(features: th.Tensor) -> th.Tensor:
    """The distance [N] of each point to its third nearest neighbour."""
    nearest = NEIGHBOURS + 1  # Each point is its own nearest.
    return th.cat(
        [th.cdist(part, features).kthvalue(nearest, dim=1).values for part in features.split(1000)]
    )


def covered(points: th.Tensor, centres: th.Tensor, radii: th.Tensor) -> th.Tensor:
    """Whether each point [N] is in the ball of any centre."""
    return th.cat(
        [(th.cdist(part, centres) <= radii).any(dim=1) for part in points.split(1000)]
    )


def mean(hits: th.Tensor) -> float:
    return hits.double().mean().item()


def scaled(images: th.Tensor) -> th.Tensor:
    return images[:, None].float() / 255


def load_run(folder: Path) -> tuple[th.Tensor, th.Tensor]:
    """The images [N, 32, 32] (the mean of the channels) and their requested labels."""
    images = folder / "images"
    lines = (images / "metadata.jsonl").read_text().splitlines()
    records = [json.loads(line) for line in lines]
    pixels = [np.asarray(Image.open(images / record["file_name"])) for record in records]
    grey = np.stack(pixels).astype(np.float32).mean(axis=3)
    return th.from_numpy(grey), th.tensor([record["label"] for record in records])


def training_sample(data: Path, count: int) -> tuple[th.Tensor, th.Tensor]:
    """The same number of random training images, with equally many of each class."""
    images, labels = load_data(data, "train")
    order = th.randperm(len(images), generator=th.Generator().manual_seed(0))
    chosen = th.cat([order[labels[order] == label][: count // 10] for label in range(10)])
    return images[chosen], labels[chosen]


if __name__ == "__main__":
    main()

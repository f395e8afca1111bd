#!/usr/bin/env python3
"""Measures the bundled latent model with the reference's sampler, to choose its sampling settings.

  scripts/measure-latent.py
  scripts/measure-latent.py --steps 50 --scale 1.5 2 --sheet sheet.png

Prints the fidelity of the first stage on the test set: the PSNR of 8-bit images that were encoded
(to the mean) and decoded. Then it prints a row for the decoded test images, and for each number of
steps with each guidance scale. The columns are those of scripts/measure-quality.py, whose network
judges the images. They come from the unmodified DDIMSampler of CompVis/latent-diffusion
(PYTHONPATH, with its taming-transformers) with the bundled weights in float32, η as given, the noise
of image i from the seed i, and the class i modulo 10. Needs torch, numpy, pillow, safetensors, einops
and pyyaml, and Debian's dataset-fashion-mnist.
"""

import argparse
import importlib
import os
import time
from pathlib import Path

import numpy as np
import torch as th
from PIL import Image
from safetensors.torch import load_file

import reference_latent
from fashion_mnist import load_data
from fixtures.sampling import NoiseOfImages

quality = importlib.import_module("measure-quality")

BUNDLED = Path(__file__).resolve().parents[1] / "Sources/Model/Bundled/fashion-mnist-latent"
BATCH = 100


def main() -> None:
    arguments = parse()
    th.manual_seed(0)
    th.set_num_threads(arguments.threads)
    judge = quality.trained_judge(arguments.network, arguments.data)
    tests, labels = load_data(arguments.data, "t10k")
    reference = quality.Reference(judge, tests, labels)
    weights = load_file(arguments.folder / "latent.safetensors")
    settings = reference_latent.settings(arguments.folder / "latent.yaml")
    model = reference_latent.loaded(settings["params"], weights)
    decoded = reconstructions(model, tests)
    print(f"PSNR of the first stage on the test set: {psnr(decoded, tests):.2f} dB\n")
    print("| run | images | accuracy | Fréchet | precision | recall |\n|---|---|---|---|---|---|")
    training = quality.training_sample(arguments.data, arguments.images)
    print(reference.row("training images", *training), flush=True)
    coded = grey(reconstructions(model, training[0]))
    print(reference.row("training images, encoded and decoded", coded, training[1]), flush=True)
    for steps in arguments.steps:
        for scale in arguments.scale:
            start = time.monotonic()
            images = sample(model, arguments, steps, scale)
            name = f"ddim, {steps} steps, η {arguments.eta:g}, scale {scale:g}"
            print(reference.row(name, grey(images), classes(arguments.images)), end="")
            print(f" {time.monotonic() - start:.0f} s", flush=True)
            if arguments.sheet:
                draw(images, arguments.sheet)


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--network", type=Path, default=quality.NETWORK, help="weights of the judge")
    parser.add_argument("--folder", type=Path, default=BUNDLED, help="folder of the model")
    parser.add_argument("--images", type=int, default=1000, help="images of each run")
    parser.add_argument("--steps", type=int, nargs="+", default=[20, 50])
    parser.add_argument("--scale", type=float, nargs="+", default=[1, 1.5, 2, 3])
    parser.add_argument("--eta", type=float, default=0)
    parser.add_argument("--sheet", type=Path, help="picture of the last run's first 100 images")
    parser.add_argument("--data", type=Path, default=quality.DATA, help="folder of the four .gz files")
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    return parser.parse_args()


def classes(count: int) -> th.Tensor:
    return th.arange(count) % 10


@th.no_grad()
def reconstructions(model: th.nn.Module, images: th.Tensor) -> th.Tensor:
    """The images [N, 3, 32, 32] in 8 bits that 8-bit images [N, 32, 32] are encoded and decoded to."""
    first_stage, parts = model.first_stage_model, []
    for part in images.split(BATCH):
        x = (part.float() / 127.5 - 1)[:, None].repeat(1, 3, 1, 1)
        parts.append(pixels(first_stage.decode(first_stage.encode(x).mode())))
    return th.cat(parts)


@th.no_grad()
def sample(model: th.nn.Module, arguments, steps: int, scale: float) -> th.Tensor:
    """The decoded images [N, 3, 32, 32] in 8 bits."""
    null = model.cond_stage_model.embedding.num_embeddings - 1
    embed = lambda labels: model.get_learned_conditioning({"class_label": labels})
    parts = []
    for seeds in th.arange(arguments.images).split(BATCH):
        noise = NoiseOfImages(seeds.tolist(), (model.channels, model.image_size, model.image_size))
        latents = reference_latent.sample(
            model, "ddim", noise, S=steps, eta=arguments.eta, conditioning=embed(seeds % 10),
            unconditional_guidance_scale=scale,
            unconditional_conditioning=embed(th.full_like(seeds, null)),
        )  # fmt: skip
        parts.append(pixels(model.decode_first_stage(latents)))
    return th.cat(parts)


def pixels(x: th.Tensor) -> th.Tensor:
    """Images in −1…1 in 8 bits, truncated as the reference does."""
    return (255 * ((x + 1) / 2).clamp(0, 1)).byte()


def grey(images: th.Tensor) -> th.Tensor:
    """The mean of the channels, as measure-quality.py takes it."""
    return images.float().mean(dim=1)


def psnr(decoded: th.Tensor, originals: th.Tensor) -> float:
    """The PSNR in dB over all pixels of all images."""
    error = (decoded.float() - originals[:, None].float()).square().mean().item()
    return 10 * np.log10(255**2 / error)


def draw(images: th.Tensor, path: Path) -> None:
    """Writes the first 100 images, a column for each class."""
    rows = images[:100].view(10, 10, 3, 32, 32).permute(0, 3, 1, 4, 2).reshape(320, 320, 3)
    Image.fromarray(rows.numpy()).resize((640, 640), Image.Resampling.NEAREST).save(path)


if __name__ == "__main__":
    main()

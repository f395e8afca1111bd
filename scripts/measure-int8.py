#!/usr/bin/env python3
"""Measures whether convolutions in int8 or fp16 would be worth offering: their speed and quality.

  scripts/measure-int8.py

Speed: times single convolutions of oneDNN in turns, in each element type, with sizes of ADM 64 at
batch 4. The times for int8 leave out the quantisation of the input. Quality: compares images of the
bundled model under PyTorch with those in float32 from the same noise. Only the UNet's convolutions
between the first and the last use the other type. int8 has one scale for each output channel of the
weights, and one for each image of the activations. The latter is found in each step, so that no
image depends on the others in the batch.

Needs torch, openai/guided-diffusion on PYTHONPATH, a C compiler and oneDNN (scripts/setup.sh).
"""

import argparse
import os
import statistics
import subprocess
import tempfile
from contextlib import contextmanager
from pathlib import Path

import torch as th
import torch.nn.functional as F

import reference_networks
from fixtures.networks import bundled_model
from fixtures.sampling import images, sample

SOURCE = Path(__file__).with_suffix(".c")
# The side, input and output channels, and kernel.
SIZES = [
    (64, 192, 192, 3),
    (32, 384, 384, 3),
    (16, 576, 576, 3),
    (8, 768, 768, 3),
    (32, 384, 1152, 1),
    (16, 576, 576, 1),
]
BATCH = 4


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--rounds", type=int, default=5, help="turns of each convolution")
    parser.add_argument("--images", type=int, default=30, help="of each sampler")
    arguments = parser.parse_args()
    th.set_num_threads(arguments.threads)
    measure_speed(arguments.threads, arguments.rounds)
    measure_quality(arguments.images)


def measure_speed(threads: int, rounds: int) -> None:
    print(f"| batch {BATCH}, {threads} threads | f32 | f16 | bf16 | u8 | s8 | u8 / bf16 |")
    print("|---|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        program = Path(folder) / "convolve"
        subprocess.run(["cc", "-O2", SOURCE, "-o", program, "-ldnnl"], check=True)
        for size in SIZES:
            print(speed_row(size, [convolve(program, size, threads) for _ in range(rounds)]))


def convolve(program: Path, size: tuple, threads: int) -> dict[str, float | None]:
    """The seconds by element type, without types for which oneDNN has no such convolution."""
    environment = os.environ | {"OMP_NUM_THREADS": str(threads), "OMP_WAIT_POLICY": "passive"}
    output = subprocess.run(
        [program, str(BATCH), *map(str, size)], check=True, capture_output=True, text=True,
        env=environment,
    ).stdout  # fmt: skip
    pairs = (line.split() for line in output.splitlines())
    return {name: None if word == "unimplemented" else float(word) for name, word in pairs}


def speed_row(size: tuple, turns: list[dict]) -> str:
    side, inputs, outputs, kernel = size
    flops = 2 * BATCH * side**2 * inputs * outputs * kernel**2
    known = {name for name, seconds in turns[0].items() if seconds}
    medians = {name: statistics.median(turn[name] for turn in turns) for name in known}
    cells = [
        f"{flops / medians[name] / 1e9:.0f} GFLOP/s" if name in known else "none"
        for name in turns[0]
    ]
    gain = f"{medians['bf16'] / medians['u8']:.2f} ×" if {"u8", "bf16"} <= known else "–"
    return f"| {kernel}×{kernel} {inputs}→{outputs}, {side}×{side} | {' | '.join(cells)} | {gain} |"


def measure_quality(count: int) -> None:
    model, unet, classifier = bundled_model()
    print("\n| images compared with f32: mean PSNR (worst) | bf16 | fp16 | int8 |")
    print("|---|---|---|---|")
    for settings in model["sampling"]:
        run = {
            "sampler": settings["sampler"],
            "classifierScale": settings["classifierScale"],
            "eta": 0,
            "clipsDenoised": True,
            "seeds": list(range(count)),
            "labels": [index % len(model["classNames"]) for index in range(count)],
        }
        diffusion = reference_networks.diffusion(model["diffusion"], settings["steps"])

        def make(change) -> th.Tensor:
            with change(unet):
                return images(sample(diffusion, unet, classifier, run))

        plain = make(unchanged)
        cells = [psnr(make(change), plain) for change in (bf16, fp16, int8)]
        print(f"| {settings['sampler']}, {settings['steps']} | {' | '.join(cells)} |", flush=True)


def psnr(a: th.Tensor, b: th.Tensor) -> str:
    """The mean and worst PSNR of 8-bit images [N, H, W, 3], in dB."""
    errors = (a.double() - b.double()).square().mean(dim=(1, 2, 3)).clamp(min=1e-3)
    values = 10 * th.log10(255**2 / errors)
    return f"{values.mean():.1f} dB ({values.min():.1f})"


@contextmanager
def unchanged(unet: th.nn.Module):
    yield


def bf16(unet: th.nn.Module):
    return rounding(unet, *[lambda x: x.bfloat16().float()] * 2)


def fp16(unet: th.nn.Module):
    return rounding(unet, *[lambda x: x.half().float()] * 2)


def int8(unet: th.nn.Module):
    return rounding(unet, by_first_dimension, by_first_dimension)


def by_first_dimension(x: th.Tensor) -> th.Tensor:
    """The values rounded to −127…127 times a scale, per output channel of weights or per image."""
    largest = x.abs().amax(dim=(1, 2, 3), keepdim=True)
    scale = (largest / 127).clamp(min=1e-12)
    return (x / scale).round() * scale


@contextmanager
def rounding(unet: th.nn.Module, weights, activations):
    """Makes convolutions between the first and the last read rounded weights and activations."""
    convolutions = [module for module in unet.modules() if isinstance(module, th.nn.Conv2d)][1:-1]
    for convolution in convolutions:
        convolution.forward = rounded_forward(convolution, weights(convolution.weight), activations)
    try:
        yield
    finally:
        for convolution in convolutions:
            del convolution.forward


def rounded_forward(convolution: th.nn.Conv2d, weight: th.Tensor, activations):
    def forward(x: th.Tensor) -> th.Tensor:
        return F.conv2d(
            activations(x), weight, convolution.bias, convolution.stride, convolution.padding
        )

    return forward


if __name__ == "__main__":
    main()

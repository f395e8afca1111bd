#!/usr/bin/env python3
"""Compares the time of jobs with 250 DDPM steps and with fast samplers, and diffusers beside them.

  PYTHONPATH=scripts:GUIDED_DIFFUSION scripts/measure-solvers.py [--only bundled,adm64] [--rounds N]

Each row is the time for a batch of guided images on all processors, from the noise to the image. For
diffuse-mpi it is the whole command, with its weights already packed. diffusers'
DPMSolverMultistepScheduler runs guided-diffusion's networks under PyTorch, in f32 and in bf16 with
autocast and channels last; loading is not counted. The programs take turns. Also prints the share of
a step that is the solver's own arithmetic. Needs torch, numpy, safetensors, diffusers and
openai/guided-diffusion, and `swift build -c release`. ADM 64 has random weights.
"""

import argparse
import json
import os
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

import torch as th
from diffusers import DPMSolverMultistepScheduler

from benchmark import networks

BIN = Path(__file__).resolve().parents[1] / ".build/release"
BATCHES = {"bundled": 10, "adm64": 1}
# The settings of the scheduler that is compared, and of the job that does the same.
FAST = ["--sampler", "dpmpp-2m", "--steps", "20", "--spacing", "time-uniform", "--eta", "0",
        "--guidance-interval", "all"]  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", default="bundled,adm64")
    parser.add_argument("--rounds", type=int, default=2)
    arguments = parser.parse_args()
    th.set_num_threads(os.cpu_count())
    for case in arguments.only.split(","):
        with tempfile.TemporaryDirectory(dir=BIN.parent) as folder:
            compare(case, arguments.rounds, Path(folder))


def compare(case: str, rounds: int, folder: Path) -> None:
    for part in networks.PARTS:
        networks.write(case, part, folder)
    unet, classifier = (networks.load(case, part, folder) for part in networks.PARTS)
    batch = BATCHES[case]
    job = job_options(case, folder) + ["--num-samples", f"{batch}", "--batch-size", f"{batch}"]
    rivals = {
        "diffuse-mpi, ddpm, 250 steps": lambda: run(job + ["--sampler", "ddpm", "--steps", "250"]),
        "diffuse-mpi, dpmpp-2m, 20 steps": lambda: run(job + FAST),
        "diffusers, DPMSolverMultistep, 20 steps, bf16": lambda: peer(unet, classifier, batch, True),
        "diffusers, DPMSolverMultistep, 20 steps, f32": lambda: peer(unet, classifier, batch, False),
    }
    if case == "bundled":
        rivals["diffuse-mpi, default"] = lambda: run(job)
    run(job + FAST[:2] + ["--steps", "2"])  # Packs the weights.
    seconds = {name: [] for name in rivals}
    for _ in range(rounds):
        for name, rival in rivals.items():
            seconds[name].append(rival())
    base = statistics.median(seconds["diffuse-mpi, ddpm, 250 steps"])
    print(f"\n{networks.CASES[case].title}, {batch} images at once, {os.cpu_count()} threads\n")
    print("| program | seconds | seconds an image | of 250 ddpm steps |\n|---|---|---|---|")
    for name, times in seconds.items():
        median = statistics.median(times)
        print(f"| {name} | {median:.2f} | {median / batch:.3f} | {median / base:.1%} |", flush=True)
    shares(unet.image_size, batch, base / 250)


def job_options(case: str, folder: Path) -> list[str]:
    if case == "bundled":
        return ["--classifier-scale", "2"]
    flags = {
        part: " ".join(f"--{name} {value}" for name, value in settings.items())
        for part, settings in (("unet", networks.UNETS[case]), ("classifier", networks.CLASSIFIERS[case]))
    }
    return [
        "--model", str(networks.file(case, "unet", folder)), "--model-flags", flags["unet"],
        "--classifier", str(networks.file(case, "classifier", folder)),
        "--classifier-flags", flags["classifier"], "--classifier-scale", "1",
    ]  # fmt: skip


def run(options: list[str]) -> float:
    with tempfile.TemporaryDirectory() as out:
        start = time.monotonic()
        subprocess.run([BIN / "diffuse-mpi", "--quiet", *options, "--out", f"{out}/job"], check=True)
        return time.monotonic() - start


def peer(unet, classifier, batch: int, is_bf16: bool) -> float:
    schedule = "squaredcos_cap_v2"  # Both models have the cosine schedule.
    scheduler = DPMSolverMultistepScheduler(beta_schedule=schedule, thresholding=True)
    scheduler.set_timesteps(20)
    layout = th.channels_last if is_bf16 else th.contiguous_format
    for network in (unet, classifier):
        network.module.to(memory_format=layout)
    alphas = scheduler.alphas_cumprod
    start = time.monotonic()
    x, _, labels = unet.inputs(batch)
    x = x.contiguous(memory_format=layout)
    for t in scheduler.timesteps:
        times = th.full((batch,), int(t))
        with th.autocast("cpu", dtype=th.bfloat16, enabled=is_bf16):
            epsilon = unet.run(x, times, labels)[:, :3].float()
            gradient = classifier.run(x, times, labels).float()
        epsilon = epsilon - (1 - alphas[int(t)]).sqrt() * gradient
        x = scheduler.step(epsilon, t, x).prev_sample
    return time.monotonic() - start


def shares(size: int, batch: int, step: float) -> None:
    """Prints the time of the solvers' own arithmetic as a share of a guided step."""
    command = [BIN / "step-benchmark", "solvers", "--size", f"{size}", "--batch", f"{batch}"]
    print("\n| solver | its own time for each evaluation | of a guided step |\n|---|---|---|")
    for line in subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines():
        row = json.loads(line)
        seconds = row["secondsPerEvaluation"]
        print(f"| {row['solver']} | {1000 * seconds:.3f} ms | {seconds / step:.2%} |")


if __name__ == "__main__":
    main()

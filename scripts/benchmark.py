#!/usr/bin/env python3
"""Times one guided step of ADM 64 at batch 4: this program beside the reference under PyTorch.

Needs torch and openai/guided-diffusion importable (PYTHONPATH), and the release build of
step-benchmark (swift build -c release --product step-benchmark). Writes random weights of the
released architectures as PyTorch checkpoints, which both run, compares the results, and takes
turns between the rivals, so that a machine whose speed drifts is fair to all. A guided step is a
forward pass of the UNet and one of the classifier with its input gradient.
"""

import argparse
import os
import re
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

import numpy as np
import torch as th
from guided_diffusion import script_util

ROOT = Path(__file__).resolve().parents[1]
PROGRAM = ROOT / ".build/release/step-benchmark"
UNET = dict(
    script_util.model_and_diffusion_defaults(),
    image_size=64,
    num_channels=192,
    num_res_blocks=3,
    num_head_channels=64,
    attention_resolutions="32,16,8",
    learn_sigma=True,
    class_cond=True,
    noise_schedule="cosine",
    resblock_updown=True,
    use_new_attention_order=True,
)
CLASSIFIER = dict(script_util.classifier_defaults(), image_size=64, classifier_depth=4)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--batch", type=int, default=4)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=3, help="turns each rival takes")
    arguments = parser.parse_args()
    th.set_num_threads(arguments.threads)
    with tempfile.TemporaryDirectory() as folder:
        networks = make_networks(Path(folder))
        compare(networks, arguments)


def make_networks(folder: Path) -> dict:
    """Both networks with random weights, and their checkpoints."""
    th.manual_seed(0)
    unet, _ = script_util.create_model_and_diffusion(**UNET)
    classifier = script_util.create_classifier(**CLASSIFIER)
    networks = {}
    for name, network in (("unet", unet), ("classifier", classifier)):
        for parameter in network.parameters():
            # The reference starts its last layers at zero: nothing would reach the output.
            if parameter.abs().max() == 0:
                th.nn.init.normal_(parameter, std=0.02)
        network.eval()
        file = folder / f"{name}.pt"
        th.save(network.state_dict(), file)
        networks[name] = (network, file)
    return networks


def compare(networks: dict, arguments: argparse.Namespace) -> None:
    times: dict[tuple[str, str], list[float]] = {}
    for round in range(arguments.rounds):
        for name, (network, file) in networks.items():
            for precision in ("f32", "bf16"):
                ours, result = run_program(file, precision, arguments)
                theirs, expected = run_reference(name, network, precision, arguments)
                times.setdefault((name, f"diffuse-mpi {precision}"), []).append(ours)
                times.setdefault((name, f"PyTorch {precision}"), []).append(theirs)
                if round == 0:
                    difference = np.abs(result - expected).max() / np.abs(expected).max()
                    print(f"{name} {precision}: largest difference {difference:.1e} of the largest value")
    rivals = [f"{program} {precision}" for precision in ("f32", "bf16") for program in ("diffuse-mpi", "PyTorch")]
    print("\n| seconds, median (least to most) | UNet forward | classifier + gradient | guided step |\n|---|---|---|---|")
    for rival in rivals:
        unet, classifier = (times[name, rival] for name in ("unet", "classifier"))
        step = [a + b for a, b in zip(unet, classifier)]
        print("| " + " | ".join([rival, *(spread(values) for values in (unet, classifier, step))]) + " |")


def spread(values: list[float]) -> str:
    return f"{statistics.median(values):.3f} ({min(values):.3f} to {max(values):.3f})"


def run_program(file: Path, precision: str, arguments: argparse.Namespace) -> tuple[float, np.ndarray]:
    dump = file.with_suffix(".raw")
    command = [PROGRAM, file, "--precision", precision, "--batch", str(arguments.batch)]
    command += ["--threads", str(arguments.threads), "--runs", "5", "--dump", dump]
    # As the program itself does; PyTorch runs as it comes.
    environment = os.environ | {"OMP_WAIT_POLICY": "passive"}
    output = subprocess.run(
        command, check=True, capture_output=True, text=True, env=environment
    ).stdout
    return float(re.search(r"median ([\d.]+)", output)[1]), np.fromfile(dump, np.float32)


def run_reference(name, network, precision, arguments) -> tuple[float, np.ndarray]:
    """f32 as the reference is, and bf16 by autocast with channels last."""
    x = th.randn((arguments.batch, 3, 64, 64), generator=th.Generator().manual_seed(1))
    t = th.full((arguments.batch,), 500)
    y = th.arange(arguments.batch)
    layout = th.channels_last if precision == "bf16" else th.contiguous_format
    network.to(memory_format=layout)
    x = x.contiguous(memory_format=layout)

    def unet() -> th.Tensor:
        with th.no_grad():
            return network(x, t, y)

    def gradient() -> th.Tensor:
        x_in = x.detach().requires_grad_(True)
        chosen = th.log_softmax(network(x_in, t).float(), dim=-1)[range(len(y)), y]
        return th.autograd.grad(chosen.sum(), x_in)[0]

    run = unet if name == "unet" else gradient
    seconds = []
    with th.autocast("cpu", dtype=th.bfloat16, enabled=precision == "bf16"):
        for _ in range(4):
            start = time.perf_counter()
            result = run()
            seconds.append(time.perf_counter() - start)
    return statistics.median(seconds[1:]), result.float().contiguous().numpy().ravel()


if __name__ == "__main__":
    main()

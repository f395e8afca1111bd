#!/usr/bin/env python3
"""Trains the bundled model: the UNet or the noisy classifier, on Fashion-MNIST at 32×32.

The networks and losses come from the unmodified openai/guided-diffusion package (PYTHONPATH), the
configurations from the bundled model.json, and the data from Debian's dataset-fashion-mnist. Needs
torch and numpy; two CPU cores are enough. The bundled weights were made with these settings:

  scripts/train-bundled.py unet --minutes 75 --out first
  scripts/train-bundled.py unet --minutes 24 --lr 3e-4 --ema 0.9995 \\
    --start first/unet.pt --out trained
  scripts/train-bundled.py classifier --minutes 14 --out trained
  scripts/bundle-model.py trained/unet.pt trained/classifier.pt

The output folder contains the averaged weights in unet.pt or classifier.pt. It also contains
unet.training.pt or classifier.training.pt, from which the same command resumes.
"""

import argparse
import copy
import json
import os
import time
from pathlib import Path

import numpy as np
import torch as th
import torch.nn.functional as F
from guided_diffusion.unet import AttentionBlock

import reference_networks
from fashion_mnist import load_data

ROOT = Path(__file__).resolve().parents[1]
MODEL = json.loads((ROOT / "Sources/Model/Bundled/fashion-mnist/model.json").read_text())
DATA = Path("/usr/share/datasets/fashion-mnist")
DEFAULTS = {
    "unet": {"batch": 64, "lr": 4e-4, "decay": 0.0},
    "classifier": {"batch": 128, "lr": 1e-3, "decay": 0.05},
}
WARM_UP = 200
SAVE_EVERY_SECONDS = 120


def main() -> None:
    arguments = parse()
    th.manual_seed(arguments.seed)
    th.set_num_threads(arguments.threads)
    # The reference recomputes attention in the backward pass, but there is enough memory to keep it.
    AttentionBlock.forward = AttentionBlock._forward
    training = Training(arguments)
    training.run()
    if arguments.network == "classifier":
        report_accuracy(training.average, training.diffusion, arguments.data)


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("network", choices=list(DEFAULTS))
    parser.add_argument("--minutes", type=float, required=True, help="total training time")
    parser.add_argument("--out", type=Path, default=Path("trained"), help="folder for the weights")
    parser.add_argument("--start", type=Path, help="initial weights, instead of random ones")
    parser.add_argument("--batch", type=int, help="64 for the UNet, 128 for the classifier")
    parser.add_argument("--lr", type=float, help="4e-4 for the UNet, 1e-3 for the classifier")
    parser.add_argument("--ema", type=float, default=0.999, help="decay of the average of the weights")
    parser.add_argument("--dropout", type=float, default=0.1, help="dropout of the UNet's residual blocks")
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--data", type=Path, default=DATA, help="folder of the four .gz files")
    arguments = parser.parse_args()
    for name, value in DEFAULTS[arguments.network].items():
        if getattr(arguments, name, None) is None:
            setattr(arguments, name, value)
    return arguments


class Training:
    """A network with its averaged copy and its optimiser, trained for a given time."""

    def __init__(self, arguments: argparse.Namespace):
        self.arguments = arguments
        self.images, self.labels = load_data(arguments.data, "train")
        self.diffusion = reference_networks.diffusion(MODEL["diffusion"])
        self.network = build(arguments).to(memory_format=th.channels_last).train()
        self.average = copy.deepcopy(self.network).eval()
        self.optimiser = th.optim.AdamW(
            self.network.parameters(), lr=arguments.lr, weight_decay=arguments.decay
        )
        self.iteration, self.seconds = 0, 0.0
        self.weights_path = arguments.out / f"{arguments.network}.pt"
        self.state_path = arguments.out / f"{arguments.network}.training.pt"
        if self.state_path.exists():
            self.resume()

    def run(self) -> None:
        parameters = sum(parameter.numel() for parameter in self.network.parameters())
        print(f"{self.arguments.network}: {parameters:,} parameters", flush=True)
        total, saved, recent = self.arguments.minutes * 60, self.seconds, []
        clock = time.monotonic() - self.seconds
        while self.seconds < total:
            recent.append(self.step(self.seconds / total))
            self.seconds = time.monotonic() - clock
            if self.iteration in (1, 5, 20) or self.iteration % 100 == 0:
                self.report(recent[-100:])
            if self.seconds - saved > SAVE_EVERY_SECONDS:
                self.save()
                saved = self.seconds
        self.save()
        print(f"wrote {self.weights_path}", flush=True)

    def step(self, progress: float) -> float:
        """Takes one step of the optimiser. Returns the loss, or the accuracy of the classifier."""
        for group in self.optimiser.param_groups:
            group["lr"] = self.arguments.lr * self.rate(progress)
        loss, measure = self.loss(*self.batch())
        self.optimiser.zero_grad()
        loss.backward()
        th.nn.utils.clip_grad_norm_(self.network.parameters(), 1.0)
        self.optimiser.step()
        decay = min(self.arguments.ema, (1 + self.iteration) / (10 + self.iteration))
        with th.no_grad():
            th._foreach_lerp_(
                list(self.average.parameters()), list(self.network.parameters()), 1 - decay
            )
        self.iteration += 1
        return measure

    def rate(self, progress: float) -> float:
        """The learning rate's factor: a short rise, constant to 70 % of the time, then down to 2 %."""
        rise = min(1, (self.iteration + 1) / WARM_UP)
        return rise * (1 if progress < 0.7 else max(0.02, (1 - progress) / 0.3))

    def batch(self) -> tuple[th.Tensor, th.Tensor, th.Tensor]:
        """Images [N, 3, 32, 32] in −1…1, with their labels and timesteps."""
        chosen = th.randint(0, len(self.images), (self.arguments.batch,))
        timesteps = th.randint(0, self.diffusion.num_timesteps, (self.arguments.batch,))
        return scaled(self.images[chosen]), self.labels[chosen], timesteps

    def loss(self, x: th.Tensor, labels: th.Tensor, t: th.Tensor) -> tuple[th.Tensor, float]:
        if self.arguments.network == "unet":
            with th.autocast("cpu", dtype=th.bfloat16):
                terms = self.diffusion.training_losses(
                    lambda x, t, y: self.network(x, t, y).float(), x, t, model_kwargs={"y": labels}
                )
            loss = terms["loss"].mean()
            return loss, loss.item()
        with th.autocast("cpu", dtype=th.bfloat16):
            logits = self.network(self.diffusion.q_sample(x, t), t).float()
        return F.cross_entropy(logits, labels), accuracy(logits, labels)

    def report(self, recent: list[float]) -> None:
        measure = "loss" if self.arguments.network == "unet" else "accuracy"
        print(
            f"step {self.iteration}, {self.seconds / 60:.1f} of {self.arguments.minutes:g} min, "
            f"{self.iteration * self.arguments.batch / self.seconds:.0f} images/s, "
            f"{measure} {np.mean(recent):.4f}",
            flush=True,
        )

    def save(self) -> None:
        self.arguments.out.mkdir(parents=True, exist_ok=True)
        replace(self.weights_path, self.average.state_dict())
        replace(
            self.state_path,
            {
                "network": self.network.state_dict(),
                "average": self.average.state_dict(),
                "optimiser": self.optimiser.state_dict(),
                "iteration": self.iteration,
                "seconds": self.seconds,
                "generator": th.get_rng_state(),
            },
        )

    def resume(self) -> None:
        state = th.load(self.state_path, map_location="cpu", weights_only=True)
        self.network.load_state_dict(state["network"])
        self.average.load_state_dict(state["average"])
        self.optimiser.load_state_dict(state["optimiser"])
        self.iteration, self.seconds = state["iteration"], state["seconds"]
        th.set_rng_state(state["generator"])
        print(f"resuming at step {self.iteration}", flush=True)


def build(arguments: argparse.Namespace) -> th.nn.Module:
    if arguments.network == "unet":
        network = reference_networks.unet(MODEL["unet"], dropout=arguments.dropout)
    else:
        network = reference_networks.classifier(MODEL["classifier"])
    if arguments.start:
        network.load_state_dict(th.load(arguments.start, map_location="cpu", weights_only=True))
    return network


def scaled(images: th.Tensor) -> th.Tensor:
    x = images.float() / 127.5 - 1
    return x[:, None].expand(-1, 3, -1, -1).contiguous(memory_format=th.channels_last)


def accuracy(logits: th.Tensor, labels: th.Tensor) -> float:
    return (logits.argmax(dim=1) == labels).float().mean().item()


@th.no_grad()
def report_accuracy(network: th.nn.Module, diffusion, folder: Path) -> None:
    """Prints the share of test images that the classifier gets right, by noise level."""
    images, labels = load_data(folder, "t10k")
    for step in (None, 500, 750):
        shares = []
        for x, y in zip(images.split(500), labels.split(500)):
            x, t = scaled(x), th.full((len(y),), step or 0)
            noised = x if step is None else diffusion.q_sample(x, t)
            with th.autocast("cpu", dtype=th.bfloat16):
                shares.append(accuracy(network(noised, t), y))
        noise = "clean" if step is None else f"t = {step}"
        print(f"test accuracy, {noise}: {np.mean(shares):.3f}", flush=True)


def replace(path: Path, value: dict) -> None:
    """Saves the file completely or not at all."""
    temporary = path.with_name(path.name + ".partial")
    th.save(value, temporary)
    os.replace(temporary, path)


if __name__ == "__main__":
    main()

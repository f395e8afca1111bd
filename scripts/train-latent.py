#!/usr/bin/env python3
"""Trains the bundled latent model: its first stage or its UNet, on Fashion-MNIST at 32×32.

The networks and the UNet's loss come from the unmodified CompVis/latent-diffusion (PYTHONPATH, with
the taming-transformers that it imports), the settings from the bundled latent.yaml, and the data
from Debian's dataset-fashion-mnist. Needs torch, numpy, einops and pyyaml. Two CPU cores are enough
if nothing else runs on them. These commands make the weights:

  scripts/train-latent.py first-stage --minutes 10 --out trained
  scripts/train-latent.py unet --minutes 45 --out trained
  scripts/bundle-latent.py trained/latent.ckpt

The first command writes first-stage.ckpt, with the names of a first stage on its own. The second one
reads it, encodes all images once, and writes latent.ckpt and latent.yaml, in the form of the
project's published models: the weights that were trained and their averages, the first stage, the
embedding of the classes and the schedule. The files *.training.pt are the states from which the same
command resumes.
"""

import argparse
import os
import tempfile
import time
from pathlib import Path

import numpy as np
import torch as th
import torch.distributed as distributed
import yaml

import reference_latent
from fashion_mnist import load_data

ROOT = Path(__file__).resolve().parents[1]
SETTINGS = ROOT / "Sources/Model/Bundled/fashion-mnist-latent/latent.yaml"
DATA = Path("/usr/share/datasets/fashion-mnist")
DEFAULTS = {"first-stage": {"batch": 32, "lr": 2e-3}, "unet": {"batch": 64, "lr": 6e-4}}
WARM_UP = 200
SAVE_EVERY_SECONDS = 120
NULL_SHARE = 0.12


def main() -> None:
    arguments = parse()
    arguments.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        th.multiprocessing.spawn(
            work, (arguments, f"file://{folder}/meeting"), nprocs=arguments.processes
        )


def work(rank: int, arguments: argparse.Namespace, meeting: str) -> None:
    """One of the processes. Each has the same weights, and its own share of the images."""
    th.set_num_threads(1)
    distributed.init_process_group(
        "gloo", init_method=meeting, rank=rank, world_size=arguments.processes
    )
    th.manual_seed(arguments.seed)
    training = {"first-stage": FirstStageTraining, "unet": UNetTraining}[arguments.network](arguments)
    training.run()
    distributed.destroy_process_group()


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("network", choices=list(DEFAULTS))
    parser.add_argument("--minutes", type=float, required=True, help="total training time")
    parser.add_argument("--out", type=Path, default=Path("trained"), help="folder for the weights")
    parser.add_argument("--batch", type=int, help="32 for the first stage, 64 for the UNet")
    parser.add_argument("--lr", type=float, help="2e-3 for the first stage, 6e-4 for the UNet")
    parser.add_argument(
        "--kl-weight", type=float, default=0.005, help="weight of an image's divergence (first stage)"
    )
    parser.add_argument("--ema", type=float, default=0.999, help="decay of the UNet's averages")
    parser.add_argument("--processes", type=int, default=os.cpu_count(), help="of one thread each")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--data", type=Path, default=DATA, help="folder of the four .gz files")
    arguments = parser.parse_args()
    for name, value in DEFAULTS[arguments.network].items():
        if getattr(arguments, name) is None:
            setattr(arguments, name, value)
    return arguments


def training_settings() -> dict:
    """The bundled settings, with the averages that the bundled file has in place of the weights."""
    model = reference_latent.settings(SETTINGS)
    model["params"].pop("use_ema")
    return model


class Training:
    """The loop that both networks share. A subclass gives the model, the loss and what is saved."""

    def __init__(self, arguments: argparse.Namespace, model: th.nn.Module, parameters: list):
        self.arguments, self.model, self.parameters = arguments, model, parameters
        self.optimiser = th.optim.AdamW(parameters, lr=arguments.lr, weight_decay=0)
        self.iteration, self.seconds = 0, 0.0
        self.rank, self.share = distributed.get_rank(), arguments.batch // arguments.processes
        self.state_path = arguments.out / f"{arguments.network}.training.pt"
        if self.state_path.exists():
            self.resume()
        th.manual_seed(arguments.seed + arguments.processes * self.iteration + self.rank)

    def run(self) -> None:
        self.print(f"{sum(each.numel() for each in self.parameters):,} parameters")
        total, saved, recent = self.arguments.minutes * 60, self.seconds, []
        self.clock = time.monotonic() - self.seconds
        while self.seconds < total:
            recent.append(self.step(self.seconds / total))
            if self.iteration in (1, 5, 20) or self.iteration % 100 == 0:
                self.report(recent[-100:])
            if self.seconds - saved > SAVE_EVERY_SECONDS:
                self.save()
                saved = self.seconds
        self.save()

    def step(self, progress: float) -> list[float]:
        """Takes one step of the optimiser. Returns the figures to report."""
        for group in self.optimiser.param_groups:
            group["lr"] = self.arguments.lr * self.rate(progress)
        loss, figures = self.loss(th.randint(0, len(self.labels), (self.share,)))
        self.optimiser.zero_grad()
        loss.backward()
        self.average_gradients()
        th.nn.utils.clip_grad_norm_(self.parameters, 1.0)
        self.optimiser.step()
        self.iteration += 1
        return figures

    def average_gradients(self) -> None:
        """Averages the gradients of all processes, and their clocks, so that all end together."""
        seconds = th.tensor([time.monotonic() - self.clock])
        gradients = [each.grad for each in self.parameters]
        values = th.cat([gradient.flatten() for gradient in gradients] + [seconds])
        distributed.all_reduce(values)
        values /= self.arguments.processes
        sizes = [gradient.numel() for gradient in gradients]
        *parts, seconds = values.split(sizes + [1])
        for gradient, part in zip(gradients, parts):
            gradient.copy_(part.view_as(gradient))
        self.seconds = seconds.item()

    def rate(self, progress: float) -> float:
        """The learning rate's factor: a short rise, constant to half of the time, then down to 1 %."""
        rise = min(1, (self.iteration + 1) / WARM_UP)
        return rise * (1 if progress < 0.5 else max(0.01, (1 - progress) / 0.5))

    def report(self, recent: list[list[float]]) -> None:
        figures = " ".join(f"{value:.4f}" for value in np.mean(recent, axis=0))
        self.print(
            f"step {self.iteration}, {self.seconds / 60:.1f} of {self.arguments.minutes:g} min, "
            f"{self.iteration * self.arguments.batch / self.seconds:.0f} images/s, {figures}"
        )

    def print(self, text: str) -> None:
        if self.rank == 0:
            print(text, flush=True)

    def save(self) -> None:
        if self.rank > 0:
            return
        self.write_weights()
        replace(
            self.state_path,
            {
                "model": self.model.state_dict(),
                "optimiser": self.optimiser.state_dict(),
                "iteration": self.iteration,
                "seconds": self.seconds,
            },
        )

    def resume(self) -> None:
        state = th.load(self.state_path, map_location="cpu", weights_only=True)
        self.model.load_state_dict(state["model"])
        self.optimiser.load_state_dict(state["optimiser"])
        self.iteration, self.seconds = state["iteration"], state["seconds"]
        self.print(f"resuming at step {self.iteration}")


class FirstStageTraining(Training):
    """The autoencoder: the absolute error of the pixels, and a small weight on the divergence of the
    latents from a standard normal distribution. Reports the mean error and the divergence."""

    def __init__(self, arguments: argparse.Namespace):
        self.images, self.labels = own_share(arguments)
        # LatentDiffusion freezes its first stage.
        config = training_settings()["params"]["first_stage_config"]
        model = reference_latent.first_stage(config["target"], config["params"]).train()
        super().__init__(arguments, model, list(model.parameters()))

    def loss(self, chosen: th.Tensor) -> tuple[th.Tensor, list[float]]:
        x = scaled(self.images[chosen])
        with th.autocast("cpu", dtype=th.bfloat16):
            reconstructed, posterior = self.model(x)
        error = (reconstructed.float() - x).abs().mean()
        divergence = posterior.kl().float().mean()
        loss = error + self.arguments.kl_weight * divergence / x[0].numel()
        return loss, [error.item(), divergence.item()]

    def write_weights(self) -> None:
        replace(self.arguments.out / "first-stage.ckpt", {"state_dict": self.model.state_dict()})


class UNetTraining(Training):
    """The UNet on the latents, with the reference's loss. Some labels become the null class. Reports
    the loss."""

    def __init__(self, arguments: argparse.Namespace):
        images, self.labels = own_share(arguments)
        model = reference_latent.model(training_settings()["params"])
        path = arguments.out / "first-stage.ckpt"
        first_stage = th.load(path, map_location="cpu", weights_only=True)["state_dict"]
        model.first_stage_model.load_state_dict(first_stage)
        self.mean, self.deviation = encode(model.first_stage_model, images)
        deviation = th.normal(self.mean, self.deviation).std()
        distributed.all_reduce(deviation)
        model.scale_factor.copy_(arguments.processes / deviation)
        model.model_ema.decay.fill_(arguments.ema)
        model.model.to(memory_format=th.channels_last)
        self.null = model.cond_stage_model.embedding.num_embeddings - 1
        for module in model.model.modules():
            # The reference recomputes these blocks in the backward pass, but there is enough memory.
            if hasattr(module, "checkpoint"):
                module.checkpoint = False
        trained = [*model.model.parameters(), *model.cond_stage_model.parameters()]
        super().__init__(arguments, model, trained)

    def step(self, progress: float) -> list[float]:
        figures = super().step(progress)
        self.model.model_ema(self.model.model)
        return figures

    def loss(self, chosen: th.Tensor) -> tuple[th.Tensor, list[float]]:
        z = self.model.scale_factor * th.normal(self.mean[chosen], self.deviation[chosen])
        dropped = th.rand(len(chosen)) < NULL_SHARE
        labels = self.labels[chosen].masked_fill(dropped, self.null)
        context = self.model.get_learned_conditioning({"class_label": labels})
        timesteps = th.randint(0, self.model.num_timesteps, (len(chosen),))
        with th.autocast("cpu", dtype=th.bfloat16):
            loss, _ = self.model.p_losses(
                z.contiguous(memory_format=th.channels_last), context, timesteps
            )
        return loss, [loss.item()]

    def write_weights(self) -> None:
        state = {name: value.contiguous() for name, value in self.model.state_dict().items()}
        steps_an_epoch = 60_000 // self.arguments.batch
        replace(
            self.arguments.out / "latent.ckpt",
            {
                "epoch": self.iteration // steps_an_epoch,
                "global_step": self.iteration,
                "pytorch-lightning_version": "1.4.2",
                "state_dict": state,
            },
        )
        text = yaml.safe_dump({"model": training_settings()}, sort_keys=False)
        (self.arguments.out / "latent.yaml").write_text(text)


def own_share(arguments: argparse.Namespace) -> tuple[th.Tensor, th.Tensor]:
    """The training images of this process and their labels."""
    images, labels = load_data(arguments.data, "train")
    own = slice(distributed.get_rank(), None, arguments.processes)
    return images[own], labels[own]


@th.no_grad()
def encode(first_stage: th.nn.Module, images: th.Tensor) -> tuple[th.Tensor, th.Tensor]:
    """The mean and the standard deviation [N, 4, 8, 8] of each image's latent."""
    parts = []
    for part in images.split(250):
        with th.autocast("cpu", dtype=th.bfloat16):
            posterior = first_stage.encode(scaled(part))
        parts.append((posterior.mean.float(), posterior.std.float()))
    return tuple(th.cat(each) for each in zip(*parts))


def scaled(images: th.Tensor) -> th.Tensor:
    """8-bit images [N, 32, 32] as [N, 3, 32, 32] in −1…1."""
    x = images.float() / 127.5 - 1
    return x[:, None].repeat(1, 3, 1, 1)


def replace(path: Path, value: dict) -> None:
    """Saves the file completely or not at all."""
    temporary = path.with_name(path.name + ".partial")
    th.save(value, temporary)
    os.replace(temporary, path)


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""Times an image of each large model in this program and in other code under PyTorch, in one run.

  scripts/measure-networks.py --work DIR
  scripts/measure-networks.py --work DIR --only DiT --rounds 5 --compile

The models are cin256-v2 and DiT-XL/2 with 50 guided steps and their decoders, and ADM 256 with its
classifier: 250 steps of DDPM, and the 20 of dpmpp-2m. Their checkpoints, with random weights in the form
of the published files, are written to DIR by the models' own code; they take 12 GB.

An image takes minutes, so steps are timed. The figure of this program is what `plan` reports for one
image: it runs a few steps and the decoder. Those of other code are a step (both rows of
classifier-free guidance in one batch, or the network and the classifier's gradient) and the decoder,
times their number. Both are repeated in turns. The table has the medians of the rounds, the smallest
and largest ratio in a round, and PyTorch's bfloat16 by autocast, or converted weights in diffusers.

Needs torch, numpy, timm, diffusers, einops and pyyaml, and on PYTHONPATH clones of
openai/guided-diffusion, facebookresearch/DiT, CompVis/latent-diffusion and CompVis/taming-transformers.
"""

import argparse
import json
import os
import re
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Callable

import torch as th

ROOT = Path(__file__).resolve().parents[1]
SIDE = 256
STEPS = {"latent": 50, "ddpm": 250, "fast": 20}
ADM = "--attention_resolutions 32,16,8 --class_cond True --diffusion_steps 1000 --image_size 256 \
--learn_sigma True --noise_schedule linear --num_channels 256 --num_head_channels 64 \
--num_res_blocks 2 --resblock_updown True --use_fp16 False --use_scale_shift_norm True"


class Peer:
    """Other code for a model: a step of its sampler and, for latents, its decoder."""

    def __init__(self, name: str, step: Callable, decode: Callable | None = None):
        self.name, self.step, self.decode = name, step, decode

    def seconds(self, steps: int, repeats: int) -> float:
        """The seconds that an image takes."""
        return steps * timed(self.step, repeats) + (timed(self.decode, 1) if self.decode else 0)


def timed(function: Callable, repeats: int) -> float:
    function()
    times = []
    for _ in range(repeats):
        start = time.monotonic()
        function()
        times.append(time.monotonic() - start)
    return statistics.median(times)


class Model:
    """A model, with the options by which this program runs it.

    `make` writes its files once and returns their modules. `peers` returns the other code."""

    def __init__(self, arguments: argparse.Namespace):
        self.arguments = arguments
        self.folder = arguments.work / self.name
        self.folder.mkdir(parents=True, exist_ok=True)

    def file(self, name: str) -> Path:
        return self.folder / name

    def write(self, network: th.nn.Module, name: str, wrap: Callable = lambda state: state) -> None:
        if not self.file(name).exists():
            temporary = self.file(name + ".partial")
            th.save(wrap(network.state_dict()), temporary)
            os.replace(temporary, self.file(name))

    def compiled(self, network: th.nn.Module) -> Callable:
        return th.compile(network, dynamic=False) if self.arguments.compile else network

    def own_seconds(self, options: list[str]) -> float:
        """The seconds that an image takes in this program, according to `plan`."""
        command = [
            self.arguments.program, "plan", "--json", "--precision", "bf16", "--batch-size", "1",
            "--num-samples", "1", "--threads", str(self.arguments.threads),
            "--out", str(self.folder / "none"), *options,
        ]  # fmt: skip
        result = subprocess.run(command, check=True, capture_output=True, text=True)
        return json.loads(result.stdout)["time"]["seconds_per_image"]


class LatentDiffusion(Model):
    name = "cin256-v2"

    def __init__(self, arguments: argparse.Namespace):
        super().__init__(arguments)
        import reference_latent as reference

        self.model = random(
            reference.model(reference.published(reference.PUBLISHED["cin256-v2"])["params"])
        )
        self.write(self.model, "cin256-v2.ckpt", lambda state: {"state_dict": state})

    @property
    def runs(self) -> dict[str, tuple[list[str], int]]:
        options = ["--model", str(self.file("cin256-v2.ckpt")), "--cfg-scale", "3", "--sampler", "ddim"]
        return {"cin256-v2, 50 steps": ([*options, "--steps", "50"], STEPS["latent"])}

    def peers(self) -> list[Peer]:
        x, t = th.randn(2, 3, 64, 64), th.full((2,), 501)
        context = self.model.get_learned_conditioning({"class_label": th.tensor([1000, 5])})
        unet = self.compiled(self.model.model.diffusion_model)
        decode = self.compiled(self.model.first_stage_model.decode)
        return [
            Peer(
                "latent-diffusion's own code",
                in_bfloat16(lambda: unet(x, t, context=context)),
                in_bfloat16(lambda: decode(x[:1])),
            )
        ]


class DiT(Model):
    name = "DiT-XL-2"

    def __init__(self, arguments: argparse.Namespace):
        super().__init__(arguments)
        from diffusers import AutoencoderKL
        from models import DiT_models

        self.network = random(DiT_models["DiT-XL/2"](input_size=SIDE // 8, num_classes=1000))
        self.write(self.network, "DiT-XL-2-256x256.pt")
        widths = (128, 256, 512, 512)
        self.decoder = random(
            AutoencoderKL(
                block_out_channels=widths, down_block_types=("DownEncoderBlock2D",) * 4,
                up_block_types=("UpDecoderBlock2D",) * 4, layers_per_block=2, latent_channels=4,
                sample_size=SIDE,
            )
        )  # fmt: skip
        if not self.file("vae").exists():
            self.decoder.save_pretrained(self.file("vae"))
        self.decoder.to(th.bfloat16)

    @property
    def runs(self) -> dict[str, tuple[list[str], int]]:
        options = [
            "--model", str(self.file("DiT-XL-2-256x256.pt")), "--first-stage", str(self.file("vae")),
            "--cfg-scale", "4", "--steps", "50",
        ]  # fmt: skip
        return {"DiT-XL/2, 50 steps": (options, STEPS["latent"])}

    def peers(self) -> list[Peer]:
        from diffusers import DiTTransformer2DModel

        x, t, labels = th.randn(2, 4, 32, 32), th.full((2,), 501), th.tensor([5, 1000])
        forward = self.compiled(self.network.forward_with_cfg)
        decode = self.compiled(self.decoder.decode)
        latent = x[:1].bfloat16()
        decoded = without_gradients(lambda: decode(latent))
        theirs = random(
            DiTTransformer2DModel(num_attention_heads=16, attention_head_dim=72, out_channels=8,
                                  num_layers=28, sample_size=32, norm_type="ada_norm_zero",
                                  num_embeds_ada_norm=1000, activation_fn="gelu-approximate")
        ).to(th.bfloat16)  # fmt: skip
        transformer, inputs = self.compiled(theirs), x.bfloat16()
        return [
            Peer("DiT's own code", in_bfloat16(lambda: forward(x, t, labels, 4.0)), decoded),
            Peer(
                "diffusers",
                without_gradients(lambda: transformer(inputs, timestep=t, class_labels=labels)),
                decoded,
            ),
        ]


class GuidedDiffusion(Model):
    name = "adm-256"

    def __init__(self, arguments: argparse.Namespace):
        super().__init__(arguments)
        from guided_diffusion import script_util

        flags = dict(re.findall(r"--(\w+) (\S+)", ADM))
        settings = script_util.model_and_diffusion_defaults()
        for key, value in flags.items():
            if key in settings:
                settings[key] = {"True": True, "False": False}.get(value, value)
        for key in ("image_size", "num_channels", "num_head_channels", "num_res_blocks"):
            settings[key] = int(settings[key])
        settings["diffusion_steps"] = 1000
        unet, _ = script_util.create_model_and_diffusion(**settings)
        options = script_util.classifier_defaults() | {"image_size": SIDE, "classifier_depth": 2}
        self.unet, self.classifier = random(unet), random(script_util.create_classifier(**options))
        # The reference's attention blocks require gradients of their weights in the backward pass.
        self.classifier.requires_grad_(True)
        self.write(self.unet, "256x256_diffusion.pt")
        self.write(self.classifier, "256x256_classifier.pt")

    @property
    def runs(self) -> dict[str, tuple[list[str], int]]:
        options = [
            "--model", str(self.file("256x256_diffusion.pt")),
            "--classifier", str(self.file("256x256_classifier.pt")), "--classifier-scale", "1",
        ]  # fmt: skip
        return {
            "ADM-G 256, ddpm, 250 steps": (options, STEPS["ddpm"]),
            "ADM-G 256, dpmpp-2m, 20 steps": (
                [*options, "--sampler", "dpmpp-2m", "--steps", "20"], STEPS["fast"]),
        }  # fmt: skip

    def peers(self) -> list[Peer]:
        x, t, labels = th.randn(1, 3, SIDE, SIDE), th.full((1,), 501), th.tensor([5])
        for network in (self.unet, self.classifier):
            network.to(memory_format=th.channels_last)
        x = x.contiguous(memory_format=th.channels_last)
        unet = self.compiled(self.unet)

        def gradient() -> th.Tensor:
            with th.enable_grad():
                x_in = x.detach().requires_grad_(True)
                log_probabilities = th.log_softmax(self.classifier(x_in, t).float(), dim=-1)
                return th.autograd.grad(log_probabilities[0, labels[0]], x_in)[0]

        return [
            Peer("guided-diffusion's own code", in_bfloat16(lambda: (unet(x, t, labels), gradient())))
        ]


MODELS = [LatentDiffusion, DiT, GuidedDiffusion]


def random(network: th.nn.Module) -> th.nn.Module:
    """The network with random values in the layers that begin with zeros, in evaluation mode."""
    th.manual_seed(0)
    with th.no_grad():
        for parameter in network.parameters():
            if not parameter.any():
                parameter.normal_(0, 0.02)
    return network.eval().requires_grad_(False)


def without_gradients(function: Callable) -> Callable:
    def run():
        with th.no_grad():
            return function()

    return run


def in_bfloat16(function: Callable) -> Callable:
    def run():
        with th.no_grad(), th.autocast("cpu", dtype=th.bfloat16):
            return function()

    return run


def main() -> None:
    arguments = parse()
    th.set_num_threads(arguments.threads)
    print("| model | code | seconds an image | ratio | in the rounds |\n|---|---|---|---|---|")
    for model in (kind for kind in MODELS if re.search(arguments.only, kind.name)):
        measure(model(arguments), arguments)


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--work", type=Path, required=True, help="folder for the checkpoints")
    parser.add_argument("--only", default="", help="regular expression for cin256-v2, DiT-XL-2, adm-256")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--repeats", type=int, default=3, help="steps of other code in a round")
    parser.add_argument("--compile", action="store_true", help="compile the other code (torch.compile)")
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--program", default=str(ROOT / ".build/release/diffuse-mpi"))
    return parser.parse_args()


def measure(model: Model, arguments: argparse.Namespace) -> None:
    peers = model.peers()
    own: dict[str, list[float]] = {name: [] for name in model.runs}
    others: dict[tuple[str, str], list[float]] = {}
    for options, _ in model.runs.values():
        # Packs the weights for the first time.
        model.own_seconds(options)
    for number in range(arguments.rounds):
        for name, (options, steps) in model.runs.items():
            own[name].append(model.own_seconds(options))
            for peer in peers:
                seconds = peer.seconds(steps, arguments.repeats)
                others.setdefault((name, peer.name), []).append(seconds)
        print(f"{model.name}: round {number + 1} of {arguments.rounds}", file=sys.stderr, flush=True)
    for name, seconds in own.items():
        print(f"| {name} | diffuse-mpi | {statistics.median(seconds):.1f} | | |", flush=True)
        for (run, peer), theirs in others.items():
            if run == name:
                ratios = [their / our for their, our in zip(theirs, seconds)]
                print(
                    f"| {name} | {peer} | {statistics.median(theirs):.1f} "
                    f"| {statistics.median(ratios):.2f} × | {min(ratios):.2f} to {max(ratios):.2f} |",
                    flush=True,
                )


if __name__ == "__main__":
    main()

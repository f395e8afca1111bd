"""Builds the networks of openai/consistency_models, and runs its samplers, on the CPU.

Needs torch, numpy, einops and an importable openai/consistency_models (the package `cm`). What only
its training needs (piq, torchvision, mpi4py, blobfile) is replaced by empty modules, and the CUDA
kernel of flash-attn by the formula that it computes.
"""

import sys
from types import ModuleType

import torch as th
import torch.nn.functional as F

from reference_networks import shared_arguments


class FlashAttention(th.nn.Module):
    """softmax(q·kᵀ/√d)·v on [batch, position, (q, k, v), head, channel]."""

    def __init__(self, attention_dropout=0.0, **options):
        super().__init__()

    def forward(self, qkv, key_padding_mask=None, need_weights=False, causal=False):
        q, k, v = (part.transpose(1, 2) for part in qkv.unbind(2))
        return F.scaled_dot_product_attention(q, k, v).transpose(1, 2), None


def replace_modules() -> None:
    """Makes the package importable without what sampling on the CPU does not need."""
    contents = {
        "piq": {"LPIPS": lambda **options: None},
        "torchvision": {},
        "torchvision.transforms": {"RandomCrop": None},
        "mpi4py": {"MPI": None},
        "blobfile": {},
        "flash_attn": {},
        "flash_attn.flash_attention": {"FlashAttention": FlashAttention},
    }
    for name, members in contents.items():
        module = ModuleType(name)
        vars(module).update(members)
        sys.modules[name] = module


replace_modules()

from cm.karras_diffusion import KarrasDenoiser, karras_sample  # noqa: E402
from cm.unet import UNetModel  # noqa: E402


def unet(configuration: dict) -> UNetModel:
    return UNetModel(
        **shared_arguments(configuration),
        out_channels=3,
        num_classes=configuration.get("classCount"),
    )


def sample(network: UNetModel, noise, run: dict) -> th.Tensor:
    """The final x, [N, 3, H, W]. `noise.draw()` returns the noise of the batch."""
    preconditioning = run["diffusion"]["preconditioning"]
    diffusion = KarrasDenoiser(
        sigma_data=preconditioning["sigmaData"],
        sigma_min=preconditioning["sigmaMin"],
        sigma_max=preconditioning["sigmaMax"],
        distillation=preconditioning["isConsistencyModel"],
        loss_norm="l2",
    )
    labels = th.tensor(run["labels"]) if network.num_classes else None
    with th.no_grad():
        return karras_sample(
            diffusion,
            lambda x, t: network(x, t, labels),
            (len(run["seeds"]), 3, network.image_size, network.image_size),
            clip_denoised=run["clipsDenoised"],
            sigma_min=preconditioning["sigmaMin"],
            sigma_max=preconditioning["sigmaMax"],
            model_kwargs={},
            generator=Noise(noise),
            device="cpu",
            **run["reference"],
        )


class Noise:
    """The generator that `karras_sample` takes."""

    def __init__(self, noise):
        self.noise = noise

    def randn(self, *shape, device=None) -> th.Tensor:
        return self.noise.draw()

    def randn_like(self, x: th.Tensor) -> th.Tensor:
        return self.noise.draw()

"""Builds the first stages of CompVis/latent-diffusion, on the CPU.

Needs torch, numpy, einops, pillow and pyyaml, and importable clones of CompVis/latent-diffusion (the
package `ldm`) and CompVis/taming-transformers. What only training needs is replaced.
"""

import sys
from pathlib import Path
from types import ModuleType

import torch as th
import yaml


class LightningModule(th.nn.Module):
    """Stands for PyTorch Lightning's class, of which inference needs nothing."""


def replace_modules() -> None:
    """Makes the package importable without PyTorch Lightning."""
    module = ModuleType("pytorch_lightning")
    module.LightningModule = LightningModule
    sys.modules.setdefault("pytorch_lightning", module)


replace_modules()

import ldm.models.autoencoder as autoencoder  # noqa: E402
from ldm.modules.distributions.distributions import DiagonalGaussianDistribution  # noqa: E402, F401


def published_first_stages() -> dict[str, dict]:
    """The `model` of every YAML file of a first stage, by its name."""
    folder = Path(autoencoder.__file__).parents[2] / "models/first_stage_models"
    return {
        path.parent.name: yaml.safe_load(path.read_text())["model"]
        for path in sorted(folder.glob("*/config.yaml"))
    }


def first_stage(target: str, parameters: dict) -> th.nn.Module:
    """The class that `target` names, without its loss."""
    arguments = {key: parameters[key] for key in ("ddconfig", "embed_dim", "n_embed")
                 if key in parameters}  # fmt: skip
    loss = {"target": "torch.nn.Identity"}
    return getattr(autoencoder, target.rpartition(".")[2])(lossconfig=loss, **arguments)

"""Builds the networks of CompVis/latent-diffusion from its YAML files, without its other packages.

latent-diffusion and the taming-transformers that it imports have to be importable, unmodified. The
packages that they need only for training with Lightning, for pictures and for text are replaced by
empty modules where they are not installed. Needs torch, numpy, einops and pyyaml.
"""

import contextlib
import importlib.machinery
import importlib.util
import io
import sys
import types
from pathlib import Path

import torch as th
import yaml

UNUSED = [
    "pytorch_lightning", "pytorch_lightning.utilities", "pytorch_lightning.utilities.distributed",
    "omegaconf", "omegaconf.listconfig", "torchvision", "torchvision.utils", "tqdm", "clip", "kornia",
    "transformers",
]  # fmt: skip


class LightningModule(th.nn.Module):
    """What the networks use of Lightning's module."""

    @property
    def device(self) -> th.device:
        return next(self.parameters()).device


class Stand(types.ModuleType):
    """A module that has any name that it is asked for."""

    def __getattr__(self, name: str):
        if name.startswith("__"):
            raise AttributeError(name)
        return type(name, (), {})


def replace_missing_packages() -> None:
    missing = {name for name in {name.split(".")[0] for name in UNUSED} if not installed(name)}
    for name in UNUSED:
        if name.split(".")[0] in missing:
            module = Stand(name)
            module.__spec__ = importlib.machinery.ModuleSpec(name, None, is_package=True)
            module.__path__ = []
            sys.modules[name] = module
            parent, _, child = name.rpartition(".")
            if parent:
                setattr(sys.modules[parent], child, module)
    if "pytorch_lightning" in missing:
        sys.modules["pytorch_lightning"].LightningModule = LightningModule
        sys.modules["pytorch_lightning.utilities.distributed"].rank_zero_only = lambda f: f
    if "omegaconf" in missing:
        sys.modules["omegaconf.listconfig"].ListConfig = list
    if "tqdm" in missing:
        sys.modules["tqdm"].tqdm = lambda iterable, **_: iterable


def installed(name: str) -> bool:
    return name in sys.modules or importlib.util.find_spec(name) is not None


def settings(path: Path) -> dict:
    """The `model` part of a YAML file in the project's layout."""
    return yaml.safe_load(path.read_text())["model"]


def build(model: dict) -> th.nn.Module:
    """The LatentDiffusion that the settings describe, with random weights."""
    replace_missing_packages()
    from ldm.util import instantiate_from_config

    with contextlib.redirect_stdout(io.StringIO()):
        return instantiate_from_config(model)


def load(model: dict, state: dict[str, th.Tensor]) -> th.nn.Module:
    """The LatentDiffusion with the weights of a state dict, ready for sampling.

    Every weight has to be there. The buffers of the schedule may be missing, because the settings
    give them."""
    network = build(model)
    network.load_state_dict(network.state_dict() | {k: v.float() for k, v in state.items()})
    expected = {name for name, _ in network.named_parameters()}
    if missing := expected - set(state):
        raise SystemExit(f"the state dict lacks {', '.join(sorted(missing)[:5])}")
    return network.eval()

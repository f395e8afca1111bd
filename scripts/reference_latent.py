"""Builds the models and first stages of CompVis/latent-diffusion, on the CPU.

Needs torch, numpy, einops and pyyaml, and importable clones of CompVis/latent-diffusion (the package
`ldm`) and CompVis/taming-transformers. What only Lightning, pictures or text need is replaced.
"""

import contextlib
import importlib.machinery
import importlib.util
import io
import sys
from pathlib import Path
from types import ModuleType
from unittest import mock

import torch as th
import yaml


class LightningModule(th.nn.Module):
    """Stands for PyTorch Lightning's class, of which inference needs little."""

    @property
    def device(self):
        return th.device("cpu")


class Names(dict):
    """A dictionary whose items are attributes too, as in OmegaConf."""

    __getattr__ = dict.__getitem__


def stub(name: str, **attributes) -> None:
    """Adds an empty module with these attributes."""
    module = ModuleType(name)
    module.__spec__ = importlib.machinery.ModuleSpec(name, None)
    module.__path__ = []
    module.__dict__.update(attributes)
    sys.modules[name] = module


stub("pytorch_lightning", LightningModule=LightningModule)
stub("pytorch_lightning.utilities")
stub("pytorch_lightning.utilities.distributed", rank_zero_only=lambda function: function)
# Other packages need the real ones of these if they are installed.
UNUSED = [
    ("omegaconf", {}), ("omegaconf.listconfig", {"ListConfig": list}),
    ("torchvision", {}), ("torchvision.utils", {"make_grid": None}),
    ("clip", {}), ("kornia", {}), ("transformers", {"BertTokenizerFast": None}),
    ("tqdm", {"tqdm": lambda items, **options: items}),
]  # fmt: skip
INSTALLED = {name for name, _ in UNUSED if "." not in name and importlib.util.find_spec(name)}
for name, attributes in UNUSED:
    if name.partition(".")[0] not in INSTALLED:
        stub(name, **attributes)

import ldm.models.autoencoder as autoencoder  # noqa: E402
import ldm.models.diffusion.ddim as ddim  # noqa: E402
import ldm.models.diffusion.plms as plms  # noqa: E402
from ldm.models.diffusion.ddpm import LatentDiffusion  # noqa: E402
from ldm.modules.distributions.distributions import DiagonalGaussianDistribution  # noqa: E402, F401

PUBLISHED = {
    "cin256-v2": "configs/latent-diffusion/cin256-v2.yaml",
    "cin256": "models/ldm/cin256/config.yaml",
    "celeba256": "models/ldm/celeba256/config.yaml",
    "ffhq256": "models/ldm/ffhq256/config.yaml",
    "lsun_beds256": "models/ldm/lsun_beds256/config.yaml",
    "lsun_churches256": "models/ldm/lsun_churches256/config.yaml",
}


def folder() -> Path:
    return Path(ddim.__file__).parents[3]


def settings(path: Path) -> dict:
    """The part `model` of a YAML file."""
    return yaml.safe_load(path.read_text())["model"]


def published(path: str) -> dict:
    """The part `model` of a YAML file of latent-diffusion."""
    return settings(folder() / path)


def published_first_stages() -> dict[str, dict]:
    """The part `model` of every YAML file of a first stage, by its name."""
    paths = sorted((folder() / "models/first_stage_models").glob("*/config.yaml"))
    return {path.parent.name: settings(path) for path in paths}


def named(value):
    """The settings with attributes, at any depth."""
    if isinstance(value, dict):
        return Names({key: named(inner) for key, inner in value.items()})
    return [named(inner) for inner in value] if isinstance(value, list) else value


def model(parameters: dict) -> LatentDiffusion:
    """The model with these arguments, in evaluation mode. It prints nothing."""
    with contextlib.redirect_stdout(io.StringIO()):
        return LatentDiffusion(**named(parameters)).eval()


def loaded(parameters: dict, state: dict[str, th.Tensor]) -> LatentDiffusion:
    """The model with the weights of a state dict, in float32.

    The state dict needs every weight. It may lack buffers, which the arguments determine.
    """
    network = model(parameters)
    if missing := {name for name, _ in network.named_parameters()} - set(state):
        raise SystemExit(f"the state dict lacks {', '.join(sorted(missing)[:5])}")
    network.load_state_dict(
        network.state_dict() | {name: value.float() for name, value in state.items()}
    )
    return network


def first_stage(target: str, parameters: dict) -> th.nn.Module:
    """The autoencoder of the class that `target` names, without its loss."""
    arguments = {key: parameters[key] for key in ("ddconfig", "embed_dim", "n_embed")
                 if key in parameters}  # fmt: skip
    loss = {"target": "torch.nn.Identity"}
    return getattr(autoencoder, target.rpartition(".")[2])(lossconfig=loss, **arguments)


def model_without_memory(parameters: dict) -> LatentDiffusion:
    """The model on the meta device, without the buffers of its schedule."""

    def register_schedule(model, *arguments, **options):
        model.num_timesteps = 1000

    with mock.patch.object(LatentDiffusion, "register_schedule", register_schedule), th.device("meta"):
        return model(parameters)


def register(sampler, name: str, value) -> None:
    """`register_buffer` of the samplers, without moving it to a GPU."""
    setattr(sampler, name, value)


def sampler(model: LatentDiffusion, name: str):
    kind = ddim.DDIMSampler if name == "ddim" else plms.PLMSSampler
    kind.register_buffer = register
    return kind(model)


def sample(model: LatentDiffusion, name: str, noise, **options) -> th.Tensor:
    """A run of the sampler `name`. `noise.draw()` returns the noise of a batch, x_T first."""
    first = noise.draw()
    used = sampler(model, name)
    module = ddim if name == "ddim" else plms
    with (
        mock.patch.object(module, "noise_like", lambda shape, device, repeat: noise.draw()),
        mock.patch.object(module, "tqdm", lambda items, **options: items),
        contextlib.redirect_stdout(io.StringIO()),
    ):
        latents, _ = used.sample(
            batch_size=len(first), shape=tuple(first.shape[1:]), x_T=first, verbose=False, **options
        )
    return latents

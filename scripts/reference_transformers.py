"""Builds the public diffusion transformers from the program's configurations, and loads their samplers.

DIFFUSION_TRANSFORMERS names a folder that holds clones of facebookresearch/DiT, willisma/SiT,
sihyun-yu/REPA, End2End-Diffusion/REPA-E and hustvl/LightningDiT. Their modules have the same names, so each is loaded
from its file. The JSON has the keys of the Swift struct TransformerConfiguration.

The networks need three layers of timm, and SiT's samplers need torchdiffeq's Euler method. Both are
given here in their plainest form, with timm's names of parameters.
"""

import importlib.util
import os
import sys
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType

import torch as th
from torch import nn

ROOT = Path(os.environ["DIFFUSION_TRANSFORMERS"])


class PatchEmbed(nn.Module):
    def __init__(self, img_size, patch_size, in_chans, embed_dim, bias=True):
        super().__init__()
        self.patch_size = (patch_size, patch_size)
        self.num_patches = (img_size // patch_size) ** 2
        self.proj = nn.Conv2d(in_chans, embed_dim, patch_size, stride=patch_size, bias=bias)

    def forward(self, x):
        return self.proj(x).flatten(2).transpose(1, 2)


class Attention(nn.Module):
    def __init__(self, dim, num_heads, qkv_bias, qk_norm=False):
        super().__init__()
        assert not qk_norm
        self.num_heads = num_heads
        self.qkv = nn.Linear(dim, 3 * dim, bias=qkv_bias)
        self.proj = nn.Linear(dim, dim)

    def forward(self, x):
        batch, tokens, channels = x.shape
        width = channels // self.num_heads
        parts = self.qkv(x).reshape(batch, tokens, 3, self.num_heads, width)
        q, k, v = parts.permute(2, 0, 3, 1, 4)
        scores = (q * width**-0.5) @ k.transpose(-2, -1)
        mixed = scores.softmax(dim=-1) @ v
        return self.proj(mixed.transpose(1, 2).reshape(batch, tokens, channels))


class Mlp(nn.Module):
    def __init__(self, in_features, hidden_features, act_layer, drop):
        super().__init__()
        assert drop == 0
        self.fc1 = nn.Linear(in_features, hidden_features)
        self.act = act_layer()
        self.fc2 = nn.Linear(hidden_features, in_features)

    def forward(self, x):
        return self.fc2(self.act(self.fc1(x)))


def odeint(function, x, times, method, atol, rtol):
    assert method == "euler"
    states = [x]
    for start, end in zip(times[:-1], times[1:]):
        states.append(states[-1] + (end - start) * function(start, states[-1]))
    return states


def stub(name: str, **members) -> None:
    module = ModuleType(name)
    module.__spec__ = ModuleSpec(name, None)
    module.__path__ = []
    for key, value in members.items():
        setattr(module, key, value)
    sys.modules.setdefault(name, module)


def load(project: str, path: str, name: str, is_package: bool = False) -> ModuleType:
    """The module or package of a project, under a name that no other project's has."""
    file = ROOT / project / path
    spec = importlib.util.spec_from_file_location(
        name, file, submodule_search_locations=[str(file.parent)] if is_package else None)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


class RMSNorm(nn.Module):
    def __init__(self, dim, eps=1e-6):
        super().__init__()
        self.weight = nn.Parameter(th.ones(dim))
        self.eps = eps

    def forward(self, x):
        return x * th.rsqrt(x.pow(2).mean(-1, keepdim=True) + self.eps) * self.weight


stub("timm")
stub("timm.models")
stub("timm.models.vision_transformer", PatchEmbed=PatchEmbed, Attention=Attention, Mlp=Mlp)
stub("torchdiffeq", odeint=odeint)
stub("tqdm", tqdm=lambda x, **_: x)

dit = load("DiT", "models.py", "dit_models")
dit_diffusion = load("DiT", "diffusion/__init__.py", "dit_diffusion", is_package=True)
sit = load("SiT", "models.py", "sit_models")
sit_transport = load("SiT", "transport/__init__.py", "sit_transport", is_package=True)
repa = load("REPA", "models/sit.py", "repa_models")
repa_samplers = load("REPA", "samplers.py", "repa_samplers")
repa_e = load("REPA-E", "models/sit.py", "repa_e_models")

# LightningDiT imports its other modules as `models`, and compiles its layers.
stub("models", RMSNorm=RMSNorm)
stub("models.rmsnorm", RMSNorm=RMSNorm)
sys.modules["models"].__path__ = [str(ROOT / "LightningDiT" / "models")]
th.compile = lambda function: function
os.environ["XFORMERS_DISABLED"] = "1"
lightning = load("LightningDiT", "models/lightningdit.py", "lightning_models")
lightning_transport = load(
    "LightningDiT", "transport/__init__.py", "lightning_transport", is_package=True)

PROJECTED = {"z_dims": [12], "projector_dim": 16, "encoder_depth": 1, "qk_norm": False}


def network(family: str, configuration: dict) -> nn.Module:
    """The DiT or SiT of a project. `family` is `dit`, `sit`, `repa`, `repa-e`
    or `lightningdit`."""
    arguments = dict(
        input_size=configuration["imageSize"],
        patch_size=configuration["patchSize"],
        in_channels=configuration["channels"],
        hidden_size=configuration["width"],
        depth=configuration["depth"],
        num_heads=configuration["heads"],
        mlp_ratio=configuration["hiddenWidth"] / configuration["width"],
        num_classes=configuration["classCount"],
    )
    learns = configuration["outChannels"] == 2 * configuration["channels"]
    match family:
        case "dit":
            return dit.DiT(**arguments, learn_sigma=learns)
        case "sit":
            return sit.SiT(**arguments, learn_sigma=learns)
        case "lightningdit":
            arguments["mlp_ratio"] = 1.5 * arguments["mlp_ratio"]
            return lightning.LightningDiT(
                **arguments, use_swiglu=True, use_rope=True, use_rmsnorm=True)
        case "repa":
            return repa.SiT(**arguments, **PROJECTED, decoder_hidden_size=configuration["width"])
        case "repa-e":
            return repa_e.SiT(**arguments, **PROJECTED, decoder_hidden_size=configuration["width"])


def velocity(family: str, model: nn.Module):
    """The network as a function of x, t and labels that returns its only prediction."""
    match family:
        case "repa":
            return lambda x, t, y: model(x, t, y)[0]
        case "repa-e":
            return lambda x, t, y: model.inference(x, t, y)
    return model

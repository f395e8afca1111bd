"""The networks that are timed: some with random weights, written by PyTorch, and the bundled one."""

import json
from dataclasses import dataclass
from pathlib import Path

import torch as th
from guided_diffusion import script_util
from guided_diffusion.unet import SuperResModel
from safetensors.torch import load_file

import reference_networks
from fixtures import weights

BUNDLED = Path(__file__).resolve().parents[2] / "Sources/Model/Bundled/fashion-mnist"

ADM = dict(
    class_cond=True, learn_sigma=True, num_head_channels=64, attention_resolutions="32,16,8",
    resblock_updown=True,
)
UNETS = {
    "adm64": dict(
        ADM, image_size=64, num_channels=192, num_res_blocks=3, use_new_attention_order=True,
        noise_schedule="cosine",
    ),
    "adm256": dict(ADM, image_size=256, num_channels=256, num_res_blocks=2),
}  # fmt: skip
UPSAMPLERS = {
    "upsampler256": dict(
        large_size=256, small_size=64, num_channels=192, num_res_blocks=2, num_heads=4,
        class_cond=True, learn_sigma=True, attention_resolutions="32,16,8", resblock_updown=True,
    ),
}  # fmt: skip
CLASSIFIERS = {
    "adm64": dict(image_size=64, classifier_depth=4),
    "adm256": dict(image_size=256),
}
PARTS = {"unet": "UNet forward", "classifier": "classifier + gradient"}


@dataclass(frozen=True)
class Case:
    """A model and the batch sizes it is timed with."""

    name: str
    title: str
    batches: tuple[int, ...]
    # The batch size for the kernels, and for a quick run.
    main_batch: int
    parts: tuple[str, ...] = tuple(PARTS)


CASES = {
    case.name: case
    for case in (
        Case("adm64", "ADM 64×64", (1, 4, 8), 4),
        Case("adm256", "ADM 256×256", (1,), 1),
        Case("upsampler256", "Upsampler 64×64 → 256×256", (1,), 1, ("unet",)),
        Case("bundled", "Fashion-MNIST 32×32, bundled", (8, 32), 32),
    )
}


class SixChannels(SuperResModel):
    """A super-resolution network that takes the image and the enlarged one as one tensor."""

    def forward(self, x, timesteps, y):
        return super().forward(x[:, :3], timesteps, low_res=x[:, 3:], y=y)


@dataclass
class Network:
    """A UNet, or a classifier with its gradient."""

    case: str
    part: str
    image_size: int
    classes: int
    module: th.nn.Module

    def inputs(self, batch: int) -> tuple[th.Tensor, th.Tensor, th.Tensor]:
        """The same images, timesteps and labels as in step-benchmark."""
        generator = th.Generator().manual_seed(1)
        channels = 6 if self.case in UPSAMPLERS else 3
        images = th.randn((batch, channels, self.image_size, self.image_size), generator=generator)
        return images, th.full((batch,), 500), th.arange(batch) % self.classes

    def run(self, x: th.Tensor, t: th.Tensor, y: th.Tensor) -> th.Tensor:
        """The prediction, or ∂/∂x of the score as in classifier_sample.py."""
        if self.part == "unet":
            return self.predict(x, t, y)
        return self.gradient(self.score, x, t, y)

    def predict(self, x: th.Tensor, t: th.Tensor, y: th.Tensor) -> th.Tensor:
        with th.no_grad():
            return self.module(x, t, y)

    def score(self, x: th.Tensor, t: th.Tensor, y: th.Tensor) -> th.Tensor:
        """Σ log softmax(logits)[label]"""
        return th.log_softmax(self.module(x, t).float(), dim=-1)[range(len(y)), y].sum()

    @staticmethod
    def gradient(score, x: th.Tensor, t: th.Tensor, y: th.Tensor) -> th.Tensor:
        x = x.detach().requires_grad_(True)
        return th.autograd.grad(score(x, t, y), x)[0]


def file(case: str, part: str, folder: Path) -> Path:
    """The checkpoint for this program and its peers."""
    return BUNDLED / f"{part}.safetensors" if case == "bundled" else folder / f"{case}-{part}.pt"


def write(case: str, part: str, folder: Path) -> Path:
    """Makes the checkpoint. Every layer affects the output, whereas the reference's own last layers
    start at zero."""
    path = file(case, part, folder)
    if case != "bundled":
        module = weights.fill(build(case, part).module, seed=1)
        th.save(module.state_dict(), path)
    return path


def load(case: str, part: str, folder: Path) -> Network:
    """The network with the checkpoint's weights."""
    path = file(case, part, folder)
    if case == "bundled":
        state = {name: half.float() for name, half in load_file(path).items()}
    else:
        state = th.load(path, weights_only=True)
    with th.device("meta"):
        network = build(case, part)
    network.module.load_state_dict(state, assign=True)
    network.module.eval()
    return network


def build(case: str, part: str) -> Network:
    if case == "bundled":
        settings = json.loads((BUNDLED / "model.json").read_text())[part]
        module = getattr(reference_networks, part)(settings)
        return Network(case, part, settings["imageSize"], settings["classCount"], module)
    if case in UPSAMPLERS:
        settings = script_util.sr_model_and_diffusion_defaults() | UPSAMPLERS[case]
        module, _ = script_util.sr_create_model_and_diffusion(**settings)
        module.__class__ = SixChannels
        return Network(case, part, settings["large_size"], 1000, module)
    if part == "unet":
        settings = script_util.model_and_diffusion_defaults() | UNETS[case]
        module, _ = script_util.create_model_and_diffusion(**settings)
    else:
        settings = script_util.classifier_defaults() | CLASSIFIERS[case]
        module = script_util.create_classifier(**settings)
    return Network(case, part, settings["image_size"], 1000, module)

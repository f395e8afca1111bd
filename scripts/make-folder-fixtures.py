#!/usr/bin/env python3
"""Writes the folders and split checkpoints in Tests/CheckpointTests/Fixtures/folders.

Needs torch, safetensors, diffusers, and openai/guided-diffusion on PYTHONPATH; the tests need none
of them. All folders have the same small network, as the diffusers library and safetensors write it.
`guided.safetensors` has its weights with the names of guided-diffusion, whose network gives the
same output.

    PYTHONPATH=guided-diffusion python3 scripts/make-folder-fixtures.py
"""

import hashlib
import json
import shutil

import torch as th
from diffusers import DDPMPipeline, DDPMScheduler, UNet2DModel
from guided_diffusion import unet as reference
from guided_diffusion.nn import GroupNorm32
from safetensors.torch import save_file

from fixtures import cases, diffusers_conversion, weights
from fixtures.files import ROOT
from reference_networks import unet as reference_unet

FOLDERS = ROOT / "Tests/CheckpointTests/Fixtures/folders"
GROUPS = 2
# Small enough that every folder can be stored.
CONFIGURATION = cases.unet(
    8, 4, 1, [1, 2], [2], heads=cases.heads(cases.CHANNELS_EACH, 4), classCount=3,
    attentionOrder="legacy",
)  # fmt: skip
OLD_NAMES = {"to_q": "query", "to_k": "key", "to_v": "value", "to_out.0": "proj_attn"}


def networks() -> tuple[th.nn.Module, UNet2DModel]:
    """The network of guided-diffusion, with fewer groups in its norms, and that of diffusers."""
    reference.normalization = lambda channels: GroupNorm32(GROUPS, channels)
    guided = weights.fill(reference_unet(CONFIGURATION), 1)
    for parameter in guided.parameters():
        parameter.data = parameter.data.half().float()
    model = UNet2DModel(**diffusers_conversion.config(CONFIGURATION, GROUPS))
    model.load_state_dict(diffusers_conversion.state_dict(guided.state_dict(), CONFIGURATION))
    check(guided, model.eval())
    return guided, model


def check(guided: th.nn.Module, model: UNet2DModel) -> None:
    x, t, labels = th.randn(2, 3, 8, 8), th.tensor([999.0, 20.0]), th.tensor([2, 0])
    with th.no_grad():
        theirs, ours = guided(x, t, labels), model(x, t, labels).sample
    assert th.allclose(theirs, ours, atol=1e-5), (theirs - ours).abs().max()


def in_new_order(guided: th.nn.Module) -> dict[str, th.Tensor]:
    """The weights with the rows of qkv projections in the order [q, k, v][head][channel]."""
    state = dict(guided.state_dict())
    for name, tensor in state.items():
        if ".qkv." in name:
            rows = diffusers_conversion.queries_keys_values(tensor, CONFIGURATION)
            state[name] = th.cat(rows).reshape(tensor.shape)
    return {name: tensor.contiguous() for name, tensor in state.items()}


def with_old_names(state: dict[str, th.Tensor]) -> dict[str, th.Tensor]:
    renamed = {}
    for name, tensor in state.items():
        for new, old in OLD_NAMES.items():
            name = name.replace(f"attentions.0.{new}.", f"attentions.0.{old}.")
        renamed[name] = tensor
    return renamed


def as_convolutions(state: dict[str, th.Tensor]) -> dict[str, th.Tensor]:
    """The products of attention as 1×1 convolutions."""
    return {
        name: tensor[..., None, None].contiguous()
        if "attentions" in name and tensor.ndim == 2 else tensor
        for name, tensor in state.items()
    }  # fmt: skip


def split(state: dict[str, th.Tensor], folder, ending: str, save) -> None:
    """A checkpoint in three files with an index, as transformers writes it."""
    folder.mkdir(parents=True)
    names = list(state)
    weight_map = {}
    for part in range(3):
        file = f"model-{part + 1:05}-of-00003.{ending}"
        save({name: state[name] for name in names[part::3]}, folder / file)
        weight_map |= {name: file for name in names[part::3]}
    size = sum(tensor.numel() * tensor.element_size() for tensor in state.values())
    index = {"metadata": {"total_size": size}, "weight_map": weight_map}
    (folder / f"model.{ending}.index.json").write_text(json.dumps(index, indent=2) + "\n")


def sha256_of_lines(folder) -> str:
    """The SHA-256 of what sha256sum prints for the files, in the order of their names."""
    names = sorted(str(file.relative_to(folder)) for file in folder.rglob("*") if file.is_file())
    lines = (f"{hashlib.sha256((folder / name).read_bytes()).hexdigest()}  {name}\n"
             for name in names)
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def main() -> None:
    shutil.rmtree(FOLDERS, ignore_errors=True)
    FOLDERS.mkdir(parents=True)
    guided, model = networks()
    state = in_new_order(guided)
    save_file(state, FOLDERS / "guided.safetensors")

    scheduler = DDPMScheduler(variance_type="learned_range")
    DDPMPipeline(unet=model, scheduler=scheduler).save_pretrained(FOLDERS / "pipeline")
    model.save_pretrained(FOLDERS / "unet-shards", max_shard_size="20KB")
    model.save_pretrained(FOLDERS / "unet-bin-shards", safe_serialization=False,
                          max_shard_size="20KB")
    for name in ("unet-old-names", "unet-convolutions"):
        model.save_config(FOLDERS / name)
    th.save(with_old_names(model.state_dict()),
            FOLDERS / "unet-old-names/diffusion_pytorch_model.bin",
            _use_new_zipfile_serialization=False)
    save_file(as_convolutions(model.state_dict()),
              FOLDERS / "unet-convolutions/diffusion_pytorch_model.safetensors")
    check(guided, UNet2DModel.from_pretrained(FOLDERS / "unet-old-names", use_safetensors=False))
    model.half().save_pretrained(FOLDERS / "unet-half", variant="fp16")

    split(state, FOLDERS / "safetensors-shards", "safetensors", save_file)
    split({f"module.{name}": tensor for name, tensor in state.items()}, FOLDERS / "bin-shards",
          "bin", lambda tensors, file: th.save(
              tensors, file, _use_new_zipfile_serialization=False))
    for file in FOLDERS.rglob("*.*"):
        if file.is_file():
            file.chmod(0o644)
    hashes = {name: sha256_of_lines(FOLDERS / name) for name in ("pipeline", "unet-bin-shards")}
    (FOLDERS / "hashes.json").write_text(json.dumps(hashes, indent=2) + "\n")


if __name__ == "__main__":
    main()

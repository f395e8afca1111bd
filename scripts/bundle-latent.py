#!/usr/bin/env python3
"""Puts a trained latent model into the package: converts latent.ckpt to a half-precision .safetensors.

The UNet's averaged weights take the place of those that were trained, as in the project's cin256-v2,
so latent.yaml says `use_ema: False`. The schedule is left out, because the YAML gives it,
and half precision would change it. `scale_factor` stays float32. Needs torch, safetensors, numpy,
einops, pyyaml, and an importable CompVis/latent-diffusion with its taming-transformers.

  scripts/bundle-latent.py trained/latent.ckpt
"""

import argparse
import os
from pathlib import Path

import torch as th
from safetensors.torch import save

import reference_latent

BUNDLED = Path(__file__).resolve().parents[1] / "Sources/Model/Bundled/fashion-mnist-latent"
WEIGHTS = ("model.", "first_stage_model.", "cond_stage_model.")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("checkpoint", type=Path, help="latent.ckpt, with latent.yaml beside it")
    parser.add_argument("--out", type=Path, default=BUNDLED, help="folder that has latent.yaml")
    arguments = parser.parse_args()
    weights = averaged_weights(arguments.checkpoint)
    # Refuses weights that are not those of the bundled settings.
    reference_latent.loaded(reference_latent.settings(arguments.out / "latent.yaml")["params"], weights)
    bundle(weights, arguments.out / "latent.safetensors")


def averaged_weights(path: Path) -> dict[str, th.Tensor]:
    """The weights with the UNet's averages, as the reference takes them, and scale_factor."""
    model = reference_latent.model(reference_latent.settings(path.with_suffix(".yaml"))["params"])
    state = th.load(path, map_location="cpu", weights_only=True)["state_dict"]
    model.load_state_dict(state)
    model.model_ema.copy_to(model.model)
    return {
        name: value
        for name, value in model.state_dict().items()
        if name.startswith(WEIGHTS) or name == "scale_factor"
    }


def bundle(weights: dict[str, th.Tensor], path: Path) -> None:
    """Writes the tensors, sorted by name; the weights rounded to float16."""
    rounded = {
        name: weights[name] if name == "scale_factor" else weights[name].half().contiguous()
        for name in sorted(weights)
    }
    broken = [name for name, value in rounded.items() if not value.isfinite().all()]
    if broken:
        raise SystemExit(f"{path.name}: not finite in float16: {', '.join(broken)}")
    temporary = path.with_name(path.name + ".partial")
    temporary.write_bytes(save(rounded))
    os.replace(temporary, path)
    error = max((rounded[name].float() - weights[name]).abs().max().item() for name in rounded)
    count = sum(value.numel() for value in rounded.values())
    print(f"{path}: {count:,} parameters, {path.stat().st_size:,} bytes, rounded by ≤ {error:.1e}")


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""Puts trained weights into the package: converts two .pt files to half-precision .safetensors.

model.json in the target folder, which is written by hand, describes the networks. Needs torch,
safetensors and an importable openai/guided-diffusion.

  scripts/bundle-model.py unet.pt classifier.pt
"""

import argparse
import json
import os
from pathlib import Path

import torch as th
from safetensors.torch import save

import reference_networks

BUNDLED = Path(__file__).resolve().parents[1] / "Sources/Model/Bundled/fashion-mnist"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("unet", type=Path, help="state dict of the UNet, saved by torch.save")
    parser.add_argument("classifier", type=Path, help="state dict of the classifier")
    parser.add_argument("--out", type=Path, default=BUNDLED, help="folder that contains model.json")
    arguments = parser.parse_args()
    model = json.loads((arguments.out / "model.json").read_text())
    for name, build in (
        ("unet", reference_networks.unet),
        ("classifier", reference_networks.classifier),
    ):
        weights = th.load(getattr(arguments, name), map_location="cpu", weights_only=True)
        build(model[name]).load_state_dict(weights)
        bundle(weights, arguments.out / f"{name}.safetensors")


def bundle(weights: dict[str, th.Tensor], path: Path) -> None:
    """Writes the weights, sorted by name and rounded to float16."""
    halves = {name: weights[name].half().contiguous() for name in sorted(weights)}
    broken = [name for name, half in halves.items() if not half.isfinite().all()]
    if broken:
        raise SystemExit(f"{path.name}: not finite in float16: {', '.join(broken)}")
    temporary = path.with_name(path.name + ".partial")
    temporary.write_bytes(save(halves))
    os.replace(temporary, path)
    error = max((halves[name].float() - weights[name]).abs().max().item() for name in halves)
    count = sum(half.numel() for half in halves.values())
    print(f"{path}: {count:,} parameters, {path.stat().st_size:,} bytes, rounded by ≤ {error:.1e}")


if __name__ == "__main__":
    main()

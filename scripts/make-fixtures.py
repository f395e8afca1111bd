#!/usr/bin/env python3
"""Makes the fixtures for the Swift tests from the public reference code.

Needs torch, numpy, safetensors, openai/guided-diffusion and openai/improved-diffusion on PYTHONPATH;
for the networks and runs of consistency models also einops and openai/consistency_models; and for the
solvers also LuChengTHU/dpm-solver, wl-zhao/UniPC, NVlabs/edm and the files sampling.py and utils.py of
crowsonkb/k-diffusion in a folder k_diffusion. The part `diffusers` needs the package diffusers. The
part `first-stages` needs it too, with einops, pyyaml, pillow, CompVis/latent-diffusion and
CompVis/taming-transformers, and the part `latent` needs all of these but pillow. The part `transformers`
needs the projects that reference_transformers.py names. The tests need none of them. Runs on the CPU
and takes about two minutes.
"""

import argparse
import importlib

import torch as th

GROUPS = {
    "diffusion": ["noise", "timesteps", "schedules", "steps"],
    "networks": ["networks", "architectures"],
    "runs": ["runs", "cascades"],
    "solvers": ["solver_runs"],
    "consistency": ["consistency_runs"],
    "diffusers": ["diffusers_unets"],
    "latent": ["latent_schedules", "latent_models", "latent_checkpoints", "diffusers_latents"],
    "first-stages": ["first_stages"],
    "transformers": ["transformers"],
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", choices=list(GROUPS), action="append", help="a part (repeatable)")
    groups = parser.parse_args().only or list(GROUPS)
    th.set_num_threads(1)
    for module in (module for group in groups for module in GROUPS[group]):
        importlib.import_module(f"fixtures.{module}").make()


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""Makes the fixtures of the tests of resuming, with earlier versions of diffuse-mpi:

- Tests/RecipeTests/Fixtures/recipes.json: recipes from job.json, each with its hash;
- Tests/EndToEndTests/Fixtures/unfinished/: output folders of jobs that ended half way;
- Tests/EndToEndTests/Fixtures/complete/: the images of the same jobs without interruption.

Usage: make-resume-fixtures.py REPOSITORY

REPOSITORY is a clone of this repository. Each version is built in a worktree of it, which takes
minutes.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# The first has neither a choice among weights nor stages. The second has no stages.
VERSIONS = {"29f4d3c": False, "83b1028": True}
IMAGES = 12

JOBS = {
    "guided ddpm": ["--steps", "4"],
    "guided ddim": ["--sampler", "ddim", "--steps", "ddim5", "--classifier-scale", "0.75"],
    "unguided ddim with noise": [
        "--sampler", "ddim", "--steps", "5", "--eta", "0.3", "--classifier-scale", "0",
        "--no-clip-denoised",
    ],
    "sections": ["--steps", "3,2,1", "--batch-size", "3", "--classifier-scale", "12.5"],
}


def built(repository, commit, folder):
    tree = folder / commit
    subprocess.run(["git", "-C", repository, "worktree", "add", "--detach", tree, commit], check=True)
    subprocess.run(
        ["swift", "build", "-c", "release", "--product", "diffuse-mpi"], cwd=tree, check=True)
    return tree / ".build/release/diffuse-mpi"


def run(program, out, *options, images=1, check=True, **more):
    if "--model" not in options:
        options = ("--model", "fashion-mnist", *options)
    command = [program, "--out", out, "--num-samples", str(images), "--precision", "f32",
               "--weights-cache", "none", *options]
    return subprocess.run([str(part) for part in command], check=check, **more)


def with_two_weights(folder):
    """A file with the bundled UNet twice: under model and under ema_model."""
    import torch
    from safetensors.torch import load_file

    weights = load_file(
        ROOT / "Sources/Model/Bundled/fashion-mnist/unet.safetensors")
    path = folder / "two.pt"
    torch.save({"model": {k: -v for k, v in weights.items()}, "ema_model": weights}, path)
    return path


FLAGS = ("--image_size 32 --num_channels 64 --num_res_blocks 1 --channel_mult 1,2,2 "
         "--attention_resolutions 8 --num_heads 4 --resblock_updown True "
         "--use_scale_shift_norm True --class_cond True --learn_sigma True "
         "--num_classes 10 --noise_schedule linear --diffusion_steps 500 "
         "--rescale_timesteps True")


def recipes(programs, folder):
    found = []

    def add(version, name, *options):
        out = folder / f"{version} {name}"
        run(programs[version], out, *options)
        job = json.loads((out / "job.json").read_text())
        found.append({"name": f"{name}, {version}", "settings": job["settings"],
                      "recipe": job["recipe"]})

    for name, options in JOBS.items():
        add("29f4d3c", name, *options)
    unet = ROOT / "Sources/Model/Bundled/fashion-mnist/unet.safetensors"
    add("29f4d3c", "file with flags", "--model", unet, "--model-flags", FLAGS, "--steps", "2",
        "--labels", "3")
    two = with_two_weights(folder)
    for key in ["model", "ema_model"]:
        add("83b1028", f"weights {key}", "--model", two, "--model-key", key, "--model-flags", FLAGS,
            "--steps", "2", "--labels", "3")
    for entry in found:
        for network in ["unet", "classifier"]:
            if network in entry["recipe"]:
                entry["recipe"][network]["path"] = "anywhere"
    target = ROOT / "Tests/RecipeTests/Fixtures/recipes.json"
    target.write_text(json.dumps(found, indent=1, sort_keys=True) + "\n")


def has_log(out):
    """Whether the log of a shard contains images."""
    try:
        return any(log.stat().st_size > 3000 for log in out.glob("shards/.*.tar.partial"))
    except FileNotFoundError:
        return False


def interrupted(program, out, options):
    """Kills a job after its first images."""
    for attempt in range(200):
        shutil.rmtree(out, ignore_errors=True)
        process = subprocess.Popen(
            [str(part) for part in [
                program, "--model", "fashion-mnist", "--out", out, "--num-samples", IMAGES, "--precision", "f32",
                "--weights-cache", "none", "--batch-size", "3", *options]])
        while process.poll() is None:
            if len(list(out.glob("images/*.png"))) >= 3 or has_log(out):
                process.kill()
                process.wait()
        metadata = out / "images/metadata.jsonl"
        if not metadata.exists():
            metadata = out / "metadata.jsonl"
        lines = metadata.read_text().count("\n") if metadata.exists() else 0
        if process.returncode == -9 and (lines < IMAGES):
            return
    sys.exit(f"{out}: the job was too fast to be interrupted")


def folders(program, folder):
    fixtures = ROOT / "Tests/EndToEndTests/Fixtures"
    for name, options in {
        "png": ["--sampler", "ddim", "--steps", "ddim25"],
        "tar": ["--steps", "20", "--format", "tar", "--shard-size", "5"],
    }.items():
        for part in ["unfinished", "complete"]:
            shutil.rmtree(fixtures / part / name, ignore_errors=True)
        whole = folder / f"whole {name}"
        run(program, whole, "--batch-size", "3", *options, images=IMAGES)
        images = fixtures / "complete" / name
        images.mkdir(parents=True)
        if name == "png":
            for image in sorted(whole.glob("images/*.png")):
                shutil.copy(image, images)
        else:
            import tarfile
            for shard in sorted(whole.glob("shards/*.tar")):
                with tarfile.open(shard) as archive:
                    for member in archive:
                        if member.name.endswith(".png"):
                            (images / member.name).write_bytes(archive.extractfile(member).read())
        target = fixtures / "unfinished" / name
        interrupted(program, folder / name, options)
        shutil.copytree(folder / name, target)
        forget_machine(target / "job.json")


def forget_machine(path):
    """Replaces the paths and the host in a job.json."""
    job = json.loads(path.read_text())
    job["commandLine"][0] = "diffuse-mpi"
    job["commandLine"][job["commandLine"].index("--out") + 1] = "samples"
    job["hosts"] = ["host"]
    for network in ["unet", "classifier"]:
        job["recipe"][network]["path"] = "anywhere"
    path.write_text(json.dumps(job, indent=1, sort_keys=True) + "\n")


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        programs = {}
        for version in VERSIONS:
            given = os.environ.get(f"PROGRAM_{version}")
            programs[version] = Path(given) if given else built(sys.argv[1], version, folder)
        recipes(programs, folder)
        folders(programs["29f4d3c"], folder)


main()

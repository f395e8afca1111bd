#!/usr/bin/env python3
"""Measures jobs of many images with painted images instead of a network: the rate, the peak memory of
every rank, and how long the same command takes to resume when a few images are missing.

    scripts/measure-scale.py [--images 1000000] [--ranks 8] [--form "--layout subdirs"] [--folder DIR]

Prints one line for a hundredth of the images, to compare the memory, and one for all of them.
"""

import argparse
import glob
import os
import random
import shutil
import subprocess
import tempfile
import time


def rank_processes(folder):
    for process in glob.glob("/proc/[0-9]*"):
        try:
            words = open(f"{process}/cmdline").read().split("\0")
            if words[0].endswith("/diffuse-mpi") and folder in words:
                yield process
        except OSError:
            pass


def peaks(folder, known):
    """Appends the peak memory of each process, in KiB."""
    for process in rank_processes(folder):
        try:
            for line in open(f"{process}/status"):
                if line.startswith("VmHWM:"):
                    known[process] = int(line.split()[1])
        except OSError:
            pass


def run(program, ranks, images, form, folder):
    command = ["mpirun", "--oversubscribe", "--bind-to", "none", "-n", str(ranks), program]
    command += ["--num-samples", str(images), "--painting", "0", "--batch-size", "32"]
    command += ["--threads", "1", "--out", folder] + form.split()
    environment = dict(os.environ)
    if os.getuid() == 0:
        environment |= {"OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1"}
    start, memory, first = time.time(), {}, None
    with open(f"{folder}.log", "w") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, env=environment)
        while process.poll() is None:
            peaks(folder, memory)
            if first is None and "resuming" in open(f"{folder}.log").read():
                first = time.time() - start
            time.sleep(0.2)
    if process.returncode != 0:
        raise SystemExit(open(f"{folder}.log").read())
    return time.time() - start, max(memory.values()) / 1024, sorted(memory.values()), first


def spoil(folder, count, form):
    """Removes images, as if the job had been killed before it generated them."""
    if "tar" in form:
        shards = sorted(glob.glob(f"{folder}/shards/*.tar"))
        os.remove(shards[-1])
        return
    names = glob.glob(f"{folder}/images/**/*.png", recursive=True)
    for name in random.Random(1).sample(names, count):
        os.remove(name)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--program", default=".build/release/diffuse-mpi")
    parser.add_argument("--images", type=int, default=1_000_000)
    parser.add_argument("--ranks", type=int, default=8)
    parser.add_argument("--form", default="--layout subdirs")
    parser.add_argument("--folder")
    options = parser.parse_args()
    place = tempfile.mkdtemp(dir=options.folder)
    print("| form | images | seconds | images/s | peak MiB, largest rank | missing | seconds to resume |")
    print("|---|--:|--:|--:|--:|--:|--:|")
    try:
        for images in (options.images // 100, options.images):
            folder = f"{place}/{images}"
            seconds, peak, every, _ = run(
                options.program, options.ranks, images, options.form, folder)
            missing = max(1, images // 1000)
            spoil(folder, missing, options.form)
            _, again, _, first = run(options.program, options.ranks, images, options.form, folder)
            started = f"{first:.1f}" if first else "?"
            print(
                f"| `{options.form}` | {images} | {seconds:.0f} | {images / seconds:.0f} "
                f"| {peak:.0f} (resuming: {again:.0f}) | {missing} | {started} |", flush=True)
            shutil.rmtree(folder)
    finally:
        shutil.rmtree(place)


main()

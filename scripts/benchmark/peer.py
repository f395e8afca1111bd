"""The programs that diffuse-mpi is compared with, each in its own process:

  python -m benchmark.peer NAME CASE PART BATCH PRECISION THREADS FOLDER DUMP

It takes turns like step-benchmark: it writes its result to DUMP and prints a line when it is ready.
For every number that it then reads from standard input, it makes that many runs and prints their
seconds.
"""

import json
import os
import sys
import time
import warnings
from pathlib import Path

import guided_diffusion.unet
import numpy as np
import openvino
import torch as th
import torch._inductor.config

from . import networks
from .networks import Network


class GuidedDiffusion:
    """The unmodified reference under PyTorch. bf16 uses autocast and channels last."""

    def __init__(self, network: Network, batch: int, precision: str, threads: int):
        self.network = network
        self.is_bf16 = precision == "bf16"
        layout = th.channels_last if self.is_bf16 else th.contiguous_format
        network.module.to(memory_format=layout)
        x, t, y = network.inputs(batch)
        self.inputs = x.contiguous(memory_format=layout), t, y

    def run(self) -> th.Tensor:
        with th.autocast("cpu", dtype=th.bfloat16, enabled=self.is_bf16):
            return self.network.run(*self.inputs)


class Compiled(GuidedDiffusion):
    """The reference compiled by torch.compile.

    The UNet's weights are frozen, which means folded into the compiled code. Freezing supports only
    inference, so the classifier's forward and backward passes are compiled without it.
    """

    def __init__(self, network: Network, batch: int, precision: str, threads: int):
        super().__init__(network, batch, precision, threads)
        leave_out_checkpointing()
        # The reference's checkpointing requires gradients of the weights.
        network.module.requires_grad_(False)
        torch._inductor.config.freezing = network.part == "unet"
        forward = network.predict if network.part == "unet" else network.score
        self.compiled = th.compile(forward, dynamic=False)

    def run(self) -> th.Tensor:
        with th.autocast("cpu", dtype=th.bfloat16, enabled=self.is_bf16):
            if self.network.part == "unet":
                return self.compiled(*self.inputs)
            return self.network.gradient(self.compiled, *self.inputs)


class OpenVINO:
    """The UNet in OpenVINO, which computes no gradients."""

    settings: dict[str, str] = {}

    def __init__(self, network: Network, batch: int, precision: str, threads: int):
        leave_out_checkpointing()
        inputs = network.inputs(batch)
        shapes = [list(tensor.shape) for tensor in inputs]
        with th.no_grad(), warnings.catch_warnings():
            # Warnings of PyTorch about its own tracing.
            warnings.simplefilter("ignore")
            model = openvino.convert_model(network.module, example_input=inputs, input=shapes)
        settings = {
            "INFERENCE_PRECISION_HINT": precision,
            "INFERENCE_NUM_THREADS": threads,
            "PERFORMANCE_HINT": "LATENCY",
        }
        compiled = openvino.compile_model(model, "CPU", settings | self.settings)
        self.request = compiled.create_infer_request()
        self.inputs = [tensor.numpy() for tensor in inputs]

    def run(self) -> th.Tensor:
        return th.from_numpy(self.request.infer(self.inputs, share_inputs=True)[0])


class OpenVINOWithoutSnippets(OpenVINO):
    """OpenVINO without the code generator that crashes on some processors."""

    settings = {"SNIPPETS_MODE": "DISABLE"}


PEERS = {
    "guided-diffusion": GuidedDiffusion,
    "torch.compile": Compiled,
    "OpenVINO": OpenVINO,
    "OpenVINO without snippets": OpenVINOWithoutSnippets,
}


def leave_out_checkpointing() -> None:
    """Turns off the recomputation of attention, which saves memory in training but also happens when
    sampling. A compiled peer is faster without it, and some can only be compiled without it."""
    guided_diffusion.unet.checkpoint = lambda function, inputs, parameters, flag: function(*inputs)


def main() -> None:
    name, case, part, batch, precision, threads, folder, dump = sys.argv[1:]
    # Keeps the output of libraries apart from the answers.
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    th.set_num_threads(int(threads))
    network = networks.load(case, part, Path(folder))
    peer = PEERS[name](network, int(batch), precision, int(threads))
    peer.run().float().contiguous().numpy().astype(np.float32).tofile(dump)
    print("{}", file=answers)
    for line in sys.stdin:
        print(json.dumps([seconds(peer) for _ in range(int(line))]), file=answers)


def seconds(peer) -> float:
    start = time.perf_counter()
    peer.run()
    return time.perf_counter() - start


if __name__ == "__main__":
    main()

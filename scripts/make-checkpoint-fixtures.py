#!/usr/bin/env python3
"""Writes the fixtures of Tests/CheckpointTests with PyTorch itself.

Needs torch, numpy and safetensors; the tests need none of them. Every file is listed in
expected.json with its SHA-256 and, for each tensor, the element type, the shape and the bits of
its elements converted to float32.

    python3 scripts/make-checkpoint-fixtures.py
"""

import hashlib
import json
import os
import pickle
import struct
import zipfile
from collections import OrderedDict, defaultdict
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file
from torch import nn

FIXTURES = Path(__file__).resolve().parent.parent / "Tests/CheckpointTests/Fixtures"
TYPES = {
    torch.float16: "f16", torch.bfloat16: "bf16", torch.float32: "f32", torch.float64: "f64",
    torch.int8: "i8", torch.int16: "i16", torch.int32: "i32", torch.int64: "i64",
    torch.uint8: "u8", torch.uint16: "u16", torch.uint32: "u32", torch.uint64: "u64",
    torch.bool: "bool",
}
SPECIAL = [0.0, -0.0, 1.0, -2.5, 1 / 3, 6e-8, -6.2e-5, 65504.0, 1e30, -1e-40,
           float("inf"), float("-inf"), float("nan")]
expected = {}


def note(name, container, tensors, key=None, metadata=None):
    """Records what the file just written must be read as."""
    expected[name] = {
        "container": container,
        "sha256": hashlib.sha256((FIXTURES / name).read_bytes()).hexdigest(),
        "stateDictionaryKey": key,
        "metadata": metadata or {},
        "tensors": [
            {
                "name": tensor_name,
                "scalarType": TYPES[tensor.dtype],
                "shape": list(tensor.shape),
                "bits": tensor.detach().float().contiguous().reshape(-1)
                              .numpy().view(np.uint32).tolist(),
            }
            for tensor_name, tensor in tensors.items()
        ],
    }


def save(stem, value, tensors=None, key=None, suffix="pt", **options):
    """Saves `value` in both of PyTorch's containers."""
    tensors = value if tensors is None else tensors
    for container, is_zip in (("zip", True), ("legacy", False)):
        name = f"{stem}-{container}.{suffix}"
        torch.save(value, FIXTURES / name, _use_new_zipfile_serialization=is_zip, **options)
        note(name, f"{container}Pickle", tensors, key)


def every_type():
    tensors = OrderedDict()
    for dtype, name in TYPES.items():
        if dtype.is_floating_point:
            tensors[name] = torch.tensor(SPECIAL, dtype=torch.float64).to(dtype)
        elif dtype is torch.bool:
            tensors[name] = torch.tensor([[True, False], [False, True]])
        else:
            limits = torch.iinfo(dtype)
            tensors[name] = torch.tensor([limits.min, 0, 1, 100, limits.max], dtype=dtype)
    return tensors


def every_view():
    torch.manual_seed(1)
    base = torch.randn(4, 6)
    flat = torch.arange(40, dtype=torch.float32)
    half = torch.randn(3, 5, 7).half()
    attributed = nn.Parameter(torch.randn(2, 2))
    attributed.note = "kept"
    tagged = torch.randn(3)
    tagged.note = "kept"
    return OrderedDict({
        "base": base,
        "transposed": base.t(),
        "offset": base[1:3],
        "stepped": base[::2, 1::3],
        "expanded": torch.randn(1, 3).expand(5, 3),
        "expanded_inside": torch.randn(2, 1, 3).expand(2, 4, 3),
        "master.a": flat[:10].view(2, 5),
        "master.b": flat[5:30].view(5, 5),
        "master.overlapping": flat.as_strided((6, 4), (2, 1), 3),
        "permuted": half.permute(2, 0, 1),
        "double_transposed": torch.randn(3, 2).double().t(),
        "bfloat_diagonal": torch.randn(4, 4).bfloat16().diagonal(),
        "integers_transposed": torch.arange(6).view(2, 3).t(),
        "scalar": torch.tensor(2.5),
        "empty": torch.zeros(0, 3),
        "parameter": nn.Parameter(base[3]),
        "parameter_with_state": attributed,
        "buffer": nn.Buffer(torch.randn(3)),
        "tensor_with_attribute": tagged,
        "tied": base,
    })


def module():
    torch.manual_seed(2)
    return nn.Sequential(nn.Conv2d(2, 3, 3), nn.BatchNorm2d(3), nn.Linear(3, 2).half())


def lightning(model):
    optimizer = torch.optim.AdamW(model[0].parameters())
    model[0](torch.randn(1, 2, 4, 4)).sum().backward()
    optimizer.step()
    return {
        "epoch": 3,
        "global_step": 1 << 40,
        "pytorch-lightning_version": "2.5.0",
        "state_dict": model.state_dict(),
        "optimizer_states": [optimizer.state_dict()],
        "hyper_parameters": {
            "huge": -(1 << 90), "negative": -7, "none": None, "rate": 1e-4, "bytes": b"\x00abc",
            "set": {1, 2}, "frozen": frozenset([3]), "complex": 1j, "size": torch.Size([2, 3]),
            "device": torch.device("cpu"), "dtype": torch.bfloat16, "score": np.float64(0.5),
            "counts": defaultdict(list), "array": bytearray(b"xy"), "long": "x" * 300,
            "pair": (1, 2), "four": (1, 2, 3, 4),
        },
        "lr_schedulers": [],
    }


class StorageView:
    """Stands for a storage in `write_storage_views`."""

    def __init__(self, identity):
        self.identity = identity

    def __reduce__(self):
        raise TypeError("pickled by its identity")


class RebuildTensor:
    def __init__(self, *arguments):
        self.arguments = arguments

    def __reduce__(self):
        return torch._utils._rebuild_tensor_v2, self.arguments


def write_storage_views():
    """The legacy container as PyTorch before 0.4 wrote it: storages that are views of another."""
    values = torch.arange(10, dtype=torch.float32)

    class Pickler(pickle.Pickler):
        def persistent_id(self, value):
            return value.identity if isinstance(value, StorageView) else None

    def view(start, size):
        return StorageView(
            ("storage", torch.FloatStorage, "77", "cpu", 10, (f"view{start}", start, size)))

    tensors = OrderedDict(
        first=RebuildTensor(view(0, 4), 0, (2, 2), (2, 1), False, OrderedDict()),
        second=RebuildTensor(view(4, 6), 1, (5,), (1,), False, OrderedDict()))
    name = "storage-views-legacy.pt"
    with open(FIXTURES / name, "wb") as file:
        pickle.dump(torch.serialization.MAGIC_NUMBER, file, protocol=2)
        pickle.dump(torch.serialization.PROTOCOL_VERSION, file, protocol=2)
        pickle.dump({"protocol_version": 1001, "little_endian": True, "type_sizes": {}},
                    file, protocol=2)
        Pickler(file, protocol=2).dump(tensors)
        pickle.dump(["77"], file, protocol=2)
        file.write(struct.pack("<q", 10) + values.numpy().tobytes())
    read = torch.load(FIXTURES / name)
    assert torch.equal(read["first"], values[:4].view(2, 2))
    assert torch.equal(read["second"], values[5:])
    note(name, "legacyPickle", read)


def repack(source, name, compression=zipfile.ZIP_STORED):
    with zipfile.ZipFile(FIXTURES / source) as old:
        with zipfile.ZipFile(FIXTURES / name, "w", compression) as new:
            for entry in old.namelist():
                with new.open(zipfile.ZipInfo(entry), "w", force_zip64=True) \
                        if compression == zipfile.ZIP_STORED else new.open(entry, "w") as file:
                    file.write(old.read(entry))


def write_repacked(tensors):
    """A file in which every size, offset and count is a ZIP64 one, and a compressed file."""
    limits = zipfile.ZIP64_LIMIT, zipfile.ZIP_FILECOUNT_LIMIT
    zipfile.ZIP64_LIMIT, zipfile.ZIP_FILECOUNT_LIMIT = 1, 1
    repack("module-zip.pt", "zip64.pt")
    zipfile.ZIP64_LIMIT, zipfile.ZIP_FILECOUNT_LIMIT = limits
    assert b"PK\x06\x06" in (FIXTURES / "zip64.pt").read_bytes()
    note("zip64.pt", "zipPickle", tensors)
    repack("module-zip.pt", "compressed.pt", zipfile.ZIP_DEFLATED)


class Command:
    def __reduce__(self):
        return os.system, ("touch checkpoint-code-was-executed",)


def write_hostile():
    for container, is_zip in (("zip", True), ("legacy", False)):
        torch.save({"weight": torch.ones(2), "payload": Command()},
                   FIXTURES / f"os-system-{container}.pt", _use_new_zipfile_serialization=is_zip)
    torch.save(nn.Linear(2, 2), FIXTURES / "whole-module.pt")


def main():
    FIXTURES.mkdir(parents=True, exist_ok=True)
    save("types", every_type())
    save("views", every_view())
    model = module()
    state = model.state_dict()
    save("module", state)
    for protocol in (3, 4, 5):
        save(f"protocol{protocol}", state, pickle_protocol=protocol)
    save("nested", {"model": state, "epoch": 3}, tensors=state, key="model")
    write_repacked(state)
    # Last, because it takes an optimizer step on the module whose tensors `state` holds.
    checkpoint = lightning(model)
    save("lightning", checkpoint, tensors=checkpoint["state_dict"], key="state_dict",
         suffix="ckpt")
    write_storage_views()
    write_hostile()

    metadata = {"format": "pt", "configuration": '{"image_size": 32, "name": "é\\n\\"😀\\""}'}
    save_file(every_type(), FIXTURES / "types.safetensors", metadata)
    note("types.safetensors", "safetensors", every_type(), metadata=metadata)
    save_file(OrderedDict(state), FIXTURES / "module.safetensors")
    note("module.safetensors", "safetensors", state)
    for file in FIXTURES.iterdir():
        file.chmod(0o644)

    with open(FIXTURES / "expected.json", "w") as file:
        json.dump(expected, file, indent=None, separators=(",", ":"), sort_keys=True)
        file.write("\n")


if __name__ == "__main__":
    main()

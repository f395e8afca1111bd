#!/usr/bin/env python3
"""Writes the fixtures of Tests/CheckpointTests with PyTorch.

Needs torch, numpy and safetensors; the tests need none of them. Every file is listed in
expected.json with its SHA-256. For each tensor, expected.json has the element type, the shape and
the bits of the elements, converted to float32.

    python3 scripts/make-checkpoint-fixtures.py
"""

import argparse
import hashlib
import json
import os
import pickle
import struct
import zipfile
from collections import OrderedDict, defaultdict
from datetime import date
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
    """Records the expected contents of the file just written."""
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
    """Saves `value` in both container formats of PyTorch."""
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
    """A placeholder for a storage in `write_storage_views`."""

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
    """Writes the legacy container of PyTorch before 0.4, with storages that are views of another."""
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
    """Writes a file whose sizes, offsets and counts are all ZIP64, and a compressed file."""
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


# Files with several networks or other data: see ChoiceTests.swift.
choices = {}


def network(factor=1.0, shift=0.0):
    """Tensors with the names of a UNet, and few values."""
    return OrderedDict({
        "time_embed.0.weight": torch.arange(4.0).view(2, 2) * factor + shift,
        "input_blocks.0.0.weight": torch.tensor([[1.5], [-2.0]]) * factor + shift,
        "output_blocks.0.0.weight": torch.tensor([3.0]) * factor + shift,
        "out.2.bias": torch.tensor([0.25, -0.5]) * factor + shift,
    })


def encoder(factor=1.0):
    """Tensors with the names of a classifier."""
    return OrderedDict({
        "time_embed.0.weight": torch.tensor([7.0, 8.0]) * factor,
        "input_blocks.0.0.weight": torch.tensor([9.0]) * factor,
        "out.0.weight": torch.tensor([10.0]) * factor,
    })


def prefixed(prefix, tensors):
    return OrderedDict((prefix + name, tensor) for name, tensor in tensors.items())


def choice(name, value, tensors=None, key=None, says=(), prefix="", averaged=False, asked=None,
           role="unet", alternatives=(), zipped=False):
    """A file, and the state dict expected from it or the text expected in the error."""
    file = f"choices/{name}.pt"
    if not (FIXTURES / file).exists() or file not in {entry["file"] for entry in choices.values()}:
        torch.save(value, FIXTURES / file, _use_new_zipfile_serialization=zipped)
    choices[name if asked is None else f"{name} {asked}"] = {
        "file": file, "role": role, "asked": asked, "key": key or ".", "prefix": prefix,
        "isAveraged": averaged, "alternatives": list(alternatives), "says": list(says),
        "tensors": None if tensors is None else {
            tensor_name: tensor.detach().float().reshape(-1).tolist()
            for tensor_name, tensor in tensors.items()
        },
    }


class Settings:
    """An object of a class that only the saving program knows."""

    def __init__(self):
        self.rate = 1e-4
        self.mean = torch.ones(2)


class Callback:
    """A callback of pytorch-lightning. Versions before 1.5 store its state under its class."""


class Average:
    """A callback that keeps averaged weights."""


class Slots:
    __slots__ = "a", "b"

    def __init__(self):
        self.a, self.b = 1, [torch.ones(1)]


class AttributeDictionary(dict):
    def __getattr__(self, name):
        return self[name]


class OrderedSubclass(OrderedDict):
    pass


class TensorSubclass(torch.Tensor):
    pass


class Rebuilt:
    """An object pickled as a call of an unknown function."""

    def __init__(self, value):
        self.value = value

    def __reduce_ex__(self, protocol):
        return rebuild, (self.value,)


class Keyword:
    """An object pickled with named arguments (NEWOBJ_EX)."""

    def __new__(cls, *, size=0):
        return object.__new__(cls)

    def __getnewargs_ex__(self):
        return (), {"size": 3}


def rebuild(value):
    return value


def optimizer_state():
    layer = nn.Linear(2, 2)
    optimizer = torch.optim.AdamW(layer.parameters())
    layer(torch.ones(1, 2)).sum().backward()
    optimizer.step()
    return optimizer, optimizer.state_dict()


def write_choices():
    raw, ema, slow = network(0.5), network(), network(0.25)
    optimizer, state = optimizer_state()
    average = prefixed("module.", ema) | {"n_averaged": torch.tensor(3)}
    dotless = OrderedDict(("model_ema." + name.replace(".", ""), value) for name, value in ema.items())

    # One network in different wrappers.
    choice("nested", {"a": {"b": [0, {"c": ema}]}}, ema, "a.b.1.c")
    choice("tuple", (ema, 7), ema, "0")
    choice("step-beside", {"state_dict": ema, "step": torch.tensor(5)}, ema, "state_dict")
    choice("step-among", {**ema, "step": torch.tensor(5), "betas": torch.ones(3)}, ema)
    choice("wrappers", {"state_dict": prefixed("_orig_mod.module.model.", ema)}, ema, "state_dict",
           prefix="module.model.")
    choice("fsdp", {name.replace("blocks.0.", "blocks.0._fsdp_wrapped_module."): value
                    for name, value in prefixed("_fsdp_wrapped_module.", ema).items()}, ema)
    choice("averaged-model", average, ema, prefix="module.", averaged=True)
    choice("other-prefix", prefixed("generator.", ema) | {"discriminator.a.weight": torch.ones(2)},
           ema, prefix="generator.")
    choice("alias", {"model": ema, "ema": ema}, ema, "model")
    choice("copy", {"model": ema, "best": network()}, ema, "model")
    choice("optimizer-by-name", {"model": ema, "optimizer": {"exp_avg": raw}}, ema, "model")
    choice("latent", {"state_dict": prefixed("model.diffusion_model.", ema)
                      | {"first_stage_model.a.weight": torch.ones(1)}},
           prefixed("model.diffusion_model.", ema) | {"first_stage_model.a.weight": torch.ones(1)},
           "state_dict")

    # Averaged weights come first.
    for key in ("ema", "model_ema", "state_dict_ema", "params_ema", "averaged", "swa_model",
                "shadow", "teacher", "target_net", "modelEMA", "G_ema", "ema_0.9999"):
        choice(f"key-{key}", {"model": raw, key: ema}, ema, key, averaged=True,
               alternatives=["model"])
    choice("key-ema", None, raw, "model", asked="model", alternatives=["ema"])
    choice("counted", {"a": raw, "b": average}, ema, "b", prefix="module.", averaged=True,
           alternatives=["a"])
    choice("outermost-raw", {**raw, "ema": ema}, ema, "ema", averaged=True, alternatives=["."])
    choice("outermost-raw", None, raw, asked=".", alternatives=["ema"])
    flat = prefixed("model.", raw) | prefixed("ema_model.", ema)
    choice("flat", {"state_dict": flat}, ema, "state_dict.ema_model", prefix="ema_model.",
           averaged=True, alternatives=["state_dict.model"])
    choice("flat", None, raw, "state_dict.model", prefix="model.", asked="state_dict.model",
           alternatives=["state_dict.ema_model"])
    choice("online", {"model": raw, "ema": {"step": torch.tensor(1)}
                      | prefixed("online_model.", raw) | prefixed("ema_model.", ema)},
           ema, "ema.ema_model", prefix="ema_model.", averaged=True, alternatives=["model"])
    choice("online", None, ema, "ema.ema_model", prefix="ema_model.", averaged=True, asked="ema",
           alternatives=["model"])
    choice("dotless", {"state_dict": prefixed("model.", raw) | dotless
                       | {"model_ema.decay": torch.tensor(0.99)}},
           ema, "state_dict.model_ema", prefix="model_ema.", averaged=True,
           alternatives=["state_dict"])
    choice("list", {"model": raw, "ema": {"decay": 0.99, "shadow_params": list(ema.values()),
                                          "collected_params": None}},
           ema, "ema.shadow_params", averaged=True, alternatives=["model"])
    choice("two-networks", {"model": ema, "classifier": encoder()}, ema, "model")
    choice("two-networks-classifier", {"model": ema, "classifier": encoder()}, encoder(),
           "classifier", role="classifier")
    choice("four", {"model": raw, "classifier": encoder(2), "model_ema": ema,
                    "classifier_ema": encoder()}, ema, "model_ema", averaged=True,
           alternatives=["model"])

    # Files of pytorch-lightning: before 1.5, and with its WeightAveraging.
    lightning = {"epoch": 3, "global_step": 7, "pytorch-lightning_version": "1.4.9",
                 "state_dict": prefixed("model.", ema), "optimizer_states": [state],
                 "lr_schedulers": [], "hparams_name": "arguments",
                 "hyper_parameters": AttributeDictionary(rate=1e-4, network=Settings)}
    found = {Callback: {"monitor": "loss", "best": torch.tensor(0.5), "folder": Path("/a")}}
    for name, zipped in (("lightning-callbacks", False), ("lightning-callbacks-zip", True)):
        choice(name, {**lightning, "callbacks": found}, ema, "state_dict", prefix="model.",
               zipped=zipped)
    choice("lightning-average",
           {**lightning, "state_dict": prefixed("model.", raw),
            "callbacks": {Average: {"ema_state_dict": ema}}},
           ema, "callbacks.__main__.Average.ema_state_dict", averaged=True,
           alternatives=["state_dict"])
    choice("lightning-averaging",
           {**lightning, "current_model_state": prefixed("model.", raw),
            "averaging_state": {"latest_update_step": 7}},
           ema, "state_dict", prefix="model.", averaged=True, alternatives=["current_model_state"])

    # A key that is ambiguous or unusable is an error that lists the keys.
    choice("rates", {"model": raw, "ema_0.999": slow, "ema_0.9999": ema},
           says=["several keys", "model, ema_0.999 (averaged), ema_0.9999 (averaged)",
                 "--model-key"])
    choice("rates", None, slow, "ema_0.999", averaged=True, asked="ema_0.999",
           alternatives=["model", "ema_0.9999"])
    choice("best", {"model": raw, "best_model": ema}, says=["model, best_model", "--model-key"])
    choice("best", None, says=["no weights under the key 'worst'", "model, best_model"],
           asked="worst")
    choice("dotless-other", {"state_dict": prefixed("model.", raw) | OrderedDict(
        (f"model_ema.w{i}", torch.ones(1)) for i in range(9))},
           says=["state_dict.model_ema", "names are not those of state_dict", "--model-key"])
    choice("list-other", {"model": raw, "ema": {"shadow_params": list(ema.values())[1:]}},
           says=["ema.shadow_params", "without names", "--model-key"])
    choice("module-average", {"model": raw, "ema": nn.Linear(1, 1)},
           says=["ema", "torch.nn.modules.linear.Linear", "to use model instead", "--model-key"])

    # Objects of unknown classes are ignored, unless the weights depend on them.
    objects = {"args": argparse.Namespace(rate=1e-4), "settings": Settings(), "slots": Slots(),
               "path": Path("/a"), "date": date(2026, 1, 1), "number": np.float64(1),
               "array": np.ones(2), "optimizer": optimizer, "function": rebuild, "range": range(3),
               "class": Settings, "generator": np.random.default_rng(1), "keyword": Keyword(),
               "default": defaultdict(Settings)}
    choice("objects", {"state_dict": ema, **objects}, ema, "state_dict")
    choice("objects-among", {**ema, "args": argparse.Namespace(a=1), "settings": Settings()}, ema)
    for protocol in (1, 4, 5):
        name = f"objects-protocol{protocol}"
        # Protocol 1 does not support slots.
        known = {key: value for key, value in objects.items() if protocol > 1 or key != "slots"}
        torch.save({"state_dict": ema, **known}, FIXTURES / f"choices/{name}.pt",
                   pickle_protocol=protocol, _use_new_zipfile_serialization=False)
        choices[name] = choices["objects"] | {"file": f"choices/{name}.pt"}
    choice("attribute-dictionary", AttributeDictionary(model=ema, step=3), ema, "model")
    choice("ordered-subclass", {"net": OrderedSubclass(ema)}, ema, "net")
    choice("namespace-holds", argparse.Namespace(weights=ema), ema, "weights")
    choice("module-beside", {"state_dict": ema, "net": nn.Linear(1, 1)}, ema, "state_dict")
    choice("extra-state", {**ema, "out.2._extra_state": Settings()}, ema)
    weight = ema["time_embed.0.weight"]
    broken = {
        "rebuilt": (Rebuilt(weight), "__main__.rebuild"),
        "array": (weight.numpy(), "NumPy array"),
        "subclass": (weight.as_subclass(TensorSubclass), "__main__.TensorSubclass"),
        "sparse": (weight.to_sparse(), "to_dense"),
        "meta": (weight.to("meta"), "meta"),
        "float8": (weight.to(torch.float8_e4m3fn), "float8_e4m3fn"),
        "complex": (weight.to(torch.complex64), "ComplexFloat"),
        "quantized": (torch.quantize_per_tensor(weight, 0.1, 0, torch.qint8), "dequantize"),
        "nested": (torch.nested.nested_tensor([torch.ones(2)]), "nested"),
    }
    for name, (tensor, clue) in broken.items():
        choice(f"broken-{name}", {**ema, "time_embed.0.weight": tensor},
               says=["tensor time_embed.0.weight", clue])
    choice("broken-beside", {"model": ema, "others": [tensor for tensor, _ in broken.values()]},
           ema, "model")
    choice("whole-module", {"model": nn.Linear(1, 1)},
           says=["model", "torch.nn.modules.linear.Linear", "state_dict"])
    choice("optimizer", state, says=["is the state of an optimizer"])
    choice("only-optimizer", {"optimizer": state, "step": 3}, says=["an optimizer (optimizer)"])
    choice("nameless", {"ema": {"shadow_params": list(ema.values())}},
           says=["4 tensors without names (ema.shadow_params)"])

    # Arguments that change a tensor's values.
    negated = {name: torch._neg_view(-tensor) for name, tensor in ema.items()}
    assert all(tensor.is_neg() for tensor in negated.values())
    choice("negated", negated, ema)
    choice("negated-zip", negated, ema, zipped=True)
    transposed = dict(ema, **{"time_embed.0.weight": torch._neg_view(weight).t()})
    choice("negated-transposed", transposed, transposed)
    parameter = nn.Parameter(torch._neg_view(weight))
    choice("negated-parameter", {**ema, "time_embed.0.weight": parameter},
           {**ema, "time_embed.0.weight": parameter})
    choice("negated-integers", {**ema, "time_embed.0.weight": torch._neg_view(weight.long())},
           says=["negated integers"])
    for name, arguments, clue in (
            ("metadata", ({"scaled": True},), "scaled"),
            ("arguments", (None, None), "arguments that are not known")):
        value = RebuildTensor(torch.FloatStorage([1.0, 2.0]), 0, (2,), (1,), False, OrderedDict(),
                              *arguments)
        choice(f"unknown-{name}", {**ema, "time_embed.0.weight": value}, says=[clue])


def write_protocols():
    """Writes protocol 1, which PyTorch reads, and protocol 0, whose tensors it cannot read."""
    state = module().state_dict()
    save("protocol1", state, pickle_protocol=1)
    for container, is_zip in (("zip", True), ("legacy", False)):
        torch.save(state, FIXTURES / f"protocol0-{container}.pt", pickle_protocol=0,
                   _use_new_zipfile_serialization=is_zip)


def main():
    (FIXTURES / "choices").mkdir(parents=True, exist_ok=True)
    save("types", every_type())
    save("views", every_view())
    model = module()
    state = model.state_dict()
    save("module", state)
    for protocol in (3, 4, 5):
        save(f"protocol{protocol}", state, pickle_protocol=protocol)
    save("nested", {"model": state, "epoch": 3}, tensors=state, key="model")
    write_repacked(state)
    # Last, because this takes an optimizer step on the module whose tensors are in `state`.
    checkpoint = lightning(model)
    save("lightning", checkpoint, tensors=checkpoint["state_dict"], key="state_dict",
         suffix="ckpt")
    write_storage_views()
    write_hostile()
    write_protocols()
    write_choices()

    metadata = {"format": "pt", "configuration": '{"image_size": 32, "name": "é\\n\\"😀\\""}'}
    save_file(every_type(), FIXTURES / "types.safetensors", metadata)
    note("types.safetensors", "safetensors", every_type(), metadata=metadata)
    save_file(OrderedDict(state), FIXTURES / "module.safetensors")
    note("module.safetensors", "safetensors", state)
    for file in FIXTURES.rglob("*.*"):
        file.chmod(0o644)

    with open(FIXTURES / "expected.json", "w") as file:
        json.dump(expected, file, indent=None, separators=(",", ":"), sort_keys=True)
        file.write("\n")
    with open(FIXTURES / "choices.json", "w") as file:
        json.dump(choices, file, indent=None, separators=(",", ":"), sort_keys=True)
        file.write("\n")


if __name__ == "__main__":
    main()

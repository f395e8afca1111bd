#!/usr/bin/env bash
# Draws docs/images/page.png, which shows the upper part of a job's page:
#   scripts/demo.sh && scripts/page-picture.sh samples/index.html
# Needs Chromium, and Python with Pillow to reduce the file size.
set -euo pipefail
page=$(realpath "${1:?give the index.html of a job}")
cd "$(dirname "$0")/.."

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
chromium --headless=new --no-sandbox --disable-gpu --hide-scrollbars \
  --user-data-dir="$folder/profile" --blink-settings=preferredColorScheme=1 \
  --force-device-scale-factor=0.8 --window-size=900,1400 --screenshot="$folder/page.png" \
  "file://$page" 2>/dev/null
python3 - "$folder/page.png" docs/images/page.png <<'EOF'
import sys
from PIL import Image

picture = Image.open(sys.argv[1]).convert("RGB")
colours = picture.quantize(64, method=Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
colours.save(sys.argv[2], optimize=True)
EOF
ls -l docs/images/page.png

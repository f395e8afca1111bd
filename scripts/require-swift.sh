# Sourced by the scripts that build. Says what to do if Swift is missing.
if ! command -v swift >/dev/null; then
  echo "error: Swift 6.2 or newer is needed: https://www.swift.org/install/linux" >&2
  exit 69
fi

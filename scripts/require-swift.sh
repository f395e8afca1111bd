# Sourced by the scripts that build: says what to do where Swift is missing.
if ! command -v swift >/dev/null; then
  echo "error: Swift 6.1 or newer is needed: https://www.swift.org/install/linux" >&2
  exit 69
fi

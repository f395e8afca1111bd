#!/usr/bin/env bash
# Formats the Swift sources and lints them strictly. With --check, changes nothing.
set -euo pipefail
cd "$(dirname "$0")/.."

[ "${1:-}" = --check ] || swift format format --in-place --recursive --parallel Sources Tests Benchmarks Package.swift
swift format lint --strict --recursive --parallel Sources Tests Benchmarks Package.swift

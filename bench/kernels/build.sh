#!/usr/bin/env bash
# Builds the kernels' committed wasm. Made with Debian 12: clang-19 19.1.7, lld-19, wasi-libc 0.0~git20220510,
# libclang-rt-19-dev-wasm32 (apt-get install clang-19 lld-19 wasi-libc libclang-rt-19-dev-wasm32).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
for source in *.c; do
  clang-19 --target=wasm32-wasi -O2 -Wl,-s -Wl,--stack-first -o "${source%.c}.wasm" "$source"
done

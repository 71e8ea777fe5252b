#!/usr/bin/env bash
# Builds the committed wasm of programs in C, C++, Rust and Go. Made on Debian 12:
#   clang-19 19.1.7, lld-19, wasi-libc 0.0~git20220510, libclang-rt-19-dev-wasm32, libc++-19-dev-wasm32, libc++abi-19-dev-wasm32
#   rustc 1.63 with libstd-rust-dev-wasm32 and lld-14; golang-1.23-go 1.23.5 from bookworm-backports
# The programs in AssemblyScript stand under samples/, whose npm packages rebuild them in every test run.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
clang-19 --target=wasm32-wasi -O2 -Wl,-s -Wl,--stack-first -o compress/compress.wasm compress/compress.c
clang++-19 --target=wasm32-wasi -std=c++20 -O2 -fno-exceptions -Wl,-s -Wl,--stack-first -o routes/routes.wasm routes/routes.cpp
/usr/bin/rustc --target wasm32-wasi -O -C panic=abort -C strip=symbols -C lto -o calculator/calculator.wasm calculator/calculator.rs
(cd digest && GO111MODULE=off GOOS=wasip1 GOARCH=wasm /usr/lib/go-1.23/bin/go build -trimpath -ldflags='-s -w -buildid=' -o digest.wasm digest.go)

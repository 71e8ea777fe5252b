#!/bin/sh
# Runs the contract flows on anvil, a second implementation of the chain: `npm run test:anvil`. The binary (44 MB) is not among the
# locked packages; it is fetched into artifacts/ when first asked for; with --path that is all, and its path is printed. docs/protocol.md says what differs.
set -eu
cd "$(dirname "$0")/.."
version=1.7.1
folder=../artifacts/anvil-$version
package=@foundry-rs/anvil-$(uname -s | tr '[:upper:]' '[:lower:]')-$(uname -m | sed 's/x86_64/amd64/; s/aarch64/arm64/')
binary=$folder/node_modules/$package/bin/anvil
[ -x "$binary" ] || npm install --prefix "$folder" --no-save --no-package-lock --no-fund --no-audit --loglevel=error "$package@$version" >&2
[ "${1:-}" != --path ] || { realpath "$binary"; exit 0; }
MARKET_ANVIL=$(realpath "$binary") exec npx hardhat test nodejs "$@"

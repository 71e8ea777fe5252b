#!/usr/bin/env bash
# The whole market on this machine: a chain, three staked nodes, a rendered picture, everyone paid. Stops what it started.
#   --keep   leave chain and nodes running afterwards (market dev down stops them)
#   other options go to `market demo` (see market demo --help)
set -uo pipefail
# shellcheck source=scripts/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
cd "$root" || exit 1
require_tools
mkdir -p artifacts

# npm packages and contracts on one core while the build runs on the other.
say "setting up: npm packages and contracts, .NET build …"
(npm_packages contracts && cd contracts && npm run --silent build) >artifacts/demo-npm.log 2>&1 & packages=$!
if ! dotnet build scripts/demo.slnf -c Release -v quiet --nologo >artifacts/demo-build.log 2>&1; then
  cat artifacts/demo-build.log >&2
  die "the build failed" "see above; dotnet build scripts/demo.slnf -c Release shows it again"
fi
wait $packages || { cat artifacts/demo-npm.log >&2; die "the chain's npm packages or the contracts did not build" "cd contracts && npm ci && npm run build"; }
say "set up in ${SECONDS} s"
exec scripts/market demo "$@"

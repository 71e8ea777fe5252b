#!/usr/bin/env bash
# The whole market on this machine: a chain, three staked nodes, a rendered picture, everyone paid. Stops what it started.
#   --keep   leave chain and nodes running afterwards (market dev down stops them)
#   --liar   second act: one node lies, a challenger catches it on screen, and the picture is right all the same
#   other options go to `market demo` (see market demo --help)
set -uo pipefail
# shellcheck source=scripts/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
cd "$root" || exit 1
require_tools
mkdir -p artifacts

# Whether nothing that FOLDER… hold has changed since STAMP was written.
unchanged() { local stamp=$1; shift; [ -f "$stamp" ] && [ -z "$(find "$@" -newer "$stamp" -type f -print -quit)" ]; }

# npm packages and contracts on one core while the build runs on the other.
say "setting up: npm packages and contracts, .NET build …"
packages() {
  npm_packages contracts || return 1
  # Changed contracts are compiled here, beside the .NET build, rather than when they are deployed.
  (cd contracts && node_modules/.bin/node scripts/built.ts >/dev/null 2>&1 || npm run --silent build)
}
build() {
  unchanged artifacts/.demo-build src node tests/Market.FaultyNode scripts/demo.slnf global.json Directory.Build.props Directory.Packages.props && [ -x artifacts/bin/Market.Cli/release/market ] && return 0
  dotnet build scripts/demo.slnf -c Release -v quiet --nologo && touch artifacts/.demo-build
}
packages >artifacts/demo-npm.log 2>&1 & npm=$!
if ! build >artifacts/demo-build.log 2>&1; then
  cat artifacts/demo-build.log >&2
  die "the build failed" "see above; dotnet build scripts/demo.slnf -c Release shows it again"
fi
wait $npm || { cat artifacts/demo-npm.log >&2; die "the chain's npm packages did not install, or the contracts do not compile" "cd contracts && npm ci && npm run build"; }
say "set up in ${SECONDS} s"
exec scripts/market demo "$@"

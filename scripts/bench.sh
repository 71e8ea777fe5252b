#!/usr/bin/env bash
# Measures one part and writes bench/results/<part>.json. Parts: execution.
#   execution   canonical modules beside plain Wasmtime, native code (gcc) and V8 (Node); the worker beside a bare loop
set -euo pipefail
# shellcheck source=scripts/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
cd "$root"
part=${1:-}
[ -n "$part" ] || die "which part?" "scripts/bench.sh execution"
for project in bench/Market.Bench node/Market.Worker; do
  dotnet build "$project" -c Release -v quiet --nologo >&2
done
exec dotnet artifacts/bin/Market.Bench/release/Market.Bench.dll "$part" bench

#!/usr/bin/env bash
# Measures one part and writes bench/results/<part>.json. Parts: execution, job, transfer, dispute, machine, schedule,
# real-nodes, steps, gas.
#   execution   canonical modules beside plain Wasmtime, native code (gcc) and V8 (Node); the worker beside a bare loop
#   job         whole jobs on a local market: latency, tasklets per second, transfer beside a copy, memory, start-up
#   transfer    only a blob to a node and back beside a copy, put into job.json
#   dispute     whole games over 10^9 and 10^10 steps: gas of each transaction, wall time, beside other systems
#   machine     the step machine: steps, hashing, snapshots, and what a step costs on-chain
#   schedule    the planner's time for a million tasklets; whole jobs in virtual time on synthetic devices (simulation); the same
#               kind of job on four real nodes, one of them slowed
#   real-nodes  only that last, put into schedule.json
#   steps       only what a step costs on-chain, put into machine.json
#   gas         what jobs and their steps cost on the chain, beside the figures of other markets
set -euo pipefail
# shellcheck source=scripts/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
cd "$root"
part=${1:-}
[ -n "$part" ] || die "which part?" "scripts/bench.sh execution"

# Gas by class of instruction, as gas_per_step beside what machine.json holds already.
step_gas() {
  npm_packages contracts || die "npm ci in contracts/ failed" "see above"
  mkdir -p bench/results
  (cd contracts && npm run --silent build >&2 && STEP_GAS_INTO="$root/bench/results/machine.json" npm run --silent step-gas)
}

bench() {
  for project in bench/Market.Bench node/Market.Worker; do
    dotnet build "$project" -c Release -v quiet --nologo >&2
  done
  dotnet artifacts/bin/Market.Bench/release/Market.Bench.dll "$part" bench
}

# What jobs cost, and their steps.
job_gas() {
  npm_packages contracts || die "npm ci in contracts/ failed" "see above"
  (cd contracts && npm run --silent build >&2 && MARKET_GAS_OUT="$root/bench/results/gas.json" npm run --silent gas)
}

case $part in
  job | transfer | schedule | real-nodes)
    npm_packages contracts || die "npm ci in contracts/ failed" "see above"
    dotnet build node/Market.Node -c Release -v quiet --nologo >&2
    bench ;;
  dispute)
    npm_packages contracts || die "npm ci in contracts/ failed" "see above"
    bench ;;
  machine) bench; step_gas ;;
  steps) step_gas ;;
  gas) job_gas ;;
  *) bench ;;
esac

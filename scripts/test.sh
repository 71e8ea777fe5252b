#!/usr/bin/env bash
# Runs every test there is on this machine and ends in a line "N passed, N failed, N skipped".
#   --full   also the long forms: bigger samples of generated programs, books and drills
#   --anvil also the contract flows on anvil, a second implementation of the chain (fetches 44 MB once)
#   --only S only the suites whose name contains S
set -uo pipefail
# shellcheck source=scripts/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
cd "$root" || exit 1

only='' anvil=''
while [ $# -gt 0 ]; do
  case $1 in
    --full) export MARKET_TEST_FULL=1 ;;
    --anvil) anvil=1 ;;
    --only) only=${2:?"--only needs a part of a suite's name"}; shift ;;
    *) die "unknown option $1" "scripts/test.sh [--full] [--anvil] [--only SUITE]" ;;
  esac
  shift
done

require_tools
logs=artifacts/test-logs
rm -rf "$logs" && mkdir -p "$logs"

# suite NAME COUNTER COMMAND…: runs, shows, counts. COUNTER reads the log and prints "passed failed skipped".
suite() {
  local name=$1 counter=$2; shift 2
  [[ $name == *"$only"* ]] || return 0
  local log="$logs/${name// /-}.log" start=$SECONDS status=0 p f s
  "$@" >"$log" 2>&1 || status=$?
  read -r p f s < <("$counter" "$log")
  # A suite that ended badly without counting a failure has failed as a whole.
  if [ $status -ne 0 ] && [ "${f:-0}" -eq 0 ]; then f=1; fi
  echo "${p:-0} ${f:-0} ${s:-0}" >"$log.count"
  say "$(printf '%-28s %6s passed %4s failed %4s skipped  %4ss' "$name" "${p:-0}" "${f:-0}" "${s:-0}" $((SECONDS - start)))"
  if [ "${f:-0}" -gt 0 ]; then tail -n 80 "$log" | sed 's/^/    /' >&2; fi
  grep -aE -A1 '\[SKIP\]|SKIP:' "$log" | sed 's/^/    /' | head -n 20 >&2
  return 0
}

count_xunit() { sed -nE 's/.*Total: ([0-9]+), Errors: ([0-9]+), Failed: ([0-9]+), Skipped: ([0-9]+).*/\1 \2 \3 \4/p' "$1" | awk '{f=$2+$3; print $1-f-$4, f, $4}' | tail -n 1; }
# Hardhat closes with "N passing", "N failing", "N skipped" per kind of test; all kinds are added up.
count_hardhat() { sed -E 's/\x1b\[[0-9;]*m//g' "$1" | awk '/^ *[0-9]+ passing/{p+=$1} /^ *[0-9]+ failing/{f+=$1} /^ *[0-9]+ (skipped|pending)/{s+=$1} END{print p+0, f+0, s+0}'; }
# One check that either holds or does not; a line SKIP: says that it could not run, and why.
count_check() { if grep -q '^SKIP:' "$1"; then echo 0 0 1; elif grep -q '^FAIL' "$1"; then echo 0 1 0; else echo 1 0 0; fi; }
check() { "$@" || { local s=$?; echo "FAIL: exit $s"; return $s; }; }

build() { dotnet build Market.sln -c Release -v quiet --nologo; }
xunit() { "artifacts/bin/$1/release/$1" -noColor -noLogo; }
anvil() { (cd contracts && npm run --silent test:anvil); }
contracts() { (cd contracts && npm test); }
generated() { (cd contracts && npm run --silent generate -- --as-built) && git diff --exit-code -- contracts/abi contracts/bytecode.json src/Market.Chain/Generated; }
samples() { npm_packages samples && (cd samples && npm run --silent check); }
compose() {
  command -v docker-compose >/dev/null || { echo 'SKIP: docker-compose is not installed; the unit tests still check the file against the tree'; return 0; }
  docker-compose -f docker-compose.yml config --quiet
}

# What needs Node.js and what needs .NET run beside each other: each for itself leaves cores idle.
of_contracts() {
  suite 'contracts' count_hardhat contracts
  [ -z "$anvil" ] || suite 'contracts on anvil' count_hardhat anvil
  suite 'generated code' count_check check generated
  suite 'samples rebuilt' count_check check samples
}
of_code() {
  suite 'compose file' count_check check compose
  suite 'unit' count_xunit xunit Market.Unit.Tests
  suite 'conformance' count_xunit xunit Market.Conformance.Tests
  suite 'chain' count_xunit xunit Market.Chain.Tests
}

(npm_packages contracts >"$logs/npm-contracts.log" 2>&1) & npm_contracts=$!
suite 'build' count_check check build
wait $npm_contracts || { echo "0 1 0" >"$logs/npm-contracts.log.count"; say 'npm ci in contracts/ failed:'; tail -n 20 "$logs/npm-contracts.log" >&2; }

# In a process group of its own, so that an interrupted run leaves nothing behind.
set -m
of_contracts & beside=$!
set +m
trap 'kill -TERM -- -$beside 2>/dev/null' EXIT
trap 'exit 130' INT TERM
of_code
wait $beside
suite 'end to end' count_xunit xunit Market.EndToEnd.Tests

read -r passed failed skipped < <(cat "$logs"/*.count | awk '{p+=$1; f+=$2; s+=$3} END{print p+0, f+0, s+0}')
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]

#!/usr/bin/env bash
# The long drills on real processes, not part of scripts/test.sh. The seed is printed and repeats the choices.
#   scripts/soak.sh [MOMENTS [SEED]]     deaths at 200 random moments by default
#   MARKET_SOAK_ONLY=deaths|tasklets|outages|stages scripts/soak.sh     one of the four
# deaths:    kill -9 of nodes, workers, clients, the chain's endpoint and the chain itself, jobs under way all the time; on anvil, which is
#            fetched once (44 MB), since it keeps its state. With MARKET_SOAK_CHAIN=hardhat the chain only stands still.
# tasklets:  1,000 tasklets (MARKET_SOAK_TASKLETS) over four nodes, one dying every 20 s and staying dead until the next does
# outages:   30 s (MARKET_SOAK_OUTAGE) of partition, of a refusing and of a silent endpoint; clocks hours off (needs libfaketime,
#            Debian package faketime, or its path in MARKET_FAKETIME)
# stages:    jobs of two stages (500 tasklets, MARKET_SOAK_STAGED, in the first drill, then reduced) while one of four nodes dies every
#            10 s; with a node slowed to a tenth of its attested speed (or MARKET_SOAK_SLOWED times); with one that accepts and stays silent; 20 s of partition; the consumer killed; blocks
#            taken back across the barrier; a result overturned by a dispute after the stage that read it ran; a silent range bought twice
# Each checks that every job ended, that nothing was paid twice, why ranges were leased again, and that all money is where it should be.
set -euo pipefail
# shellcheck source=scripts/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
cd "$root"

only=${MARKET_SOAK_ONLY:-all}
seed=${2:-${MARKET_SOAK_SEED:-$RANDOM}}
export MARKET_SOAK_SEED=$seed
say "seed $seed"
classes=()
case $only in all | deaths) export MARKET_SOAK_MOMENTS=${1:-200}; classes+=(-class Market.EndToEnd.Tests.Drills.CrashDrillTests) ;; esac
case $only in all | tasklets) export MARKET_SOAK_TASKLETS=${MARKET_SOAK_TASKLETS:-1000}; classes+=(-class Market.EndToEnd.Tests.Drills.ThousandTaskletsTests) ;; esac
case $only in all | outages) export MARKET_SOAK_OUTAGE=${MARKET_SOAK_OUTAGE:-30}; classes+=(-class Market.EndToEnd.Tests.Drills.OutageDrillTests) ;; esac
case $only in all | stages) export MARKET_SOAK_STAGED=${MARKET_SOAK_STAGED:-500}; classes+=(-class Market.EndToEnd.Tests.Drills.StageDrillTests -class Market.EndToEnd.Tests.Drills.StageOverturnTests -class Market.EndToEnd.Tests.Drills.SecondCopyTests) ;; esac
[ ${#classes[@]} -gt 0 ] || die "MARKET_SOAK_ONLY=$only is none of deaths, tasklets, outages, stages" "leave it out for all of them"
require_tools
npm_packages contracts
if [ "${MARKET_SOAK_CHAIN:-anvil}" = anvil ]; then MARKET_ANVIL=$(contracts/scripts/anvil.sh --path) && export MARKET_ANVIL; fi
if [ -z "${MARKET_SOAK_NO_BUILD:-}" ]; then dotnet build tests/Market.EndToEnd.Tests -c Release -v quiet --nologo; fi
exec artifacts/bin/Market.EndToEnd.Tests/release/Market.EndToEnd.Tests -noColor -noLogo -diagnostics -parallelMode none "${classes[@]}"

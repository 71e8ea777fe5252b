#!/usr/bin/env bash
# Kills nodes, workers and clients and stops the chain at random moments, with jobs under way, and checks at the end that
# every job ended and all money is where it should be. Not part of scripts/test.sh.
#   scripts/soak.sh [MOMENTS [SEED]]     200 moments by default; the seed is printed, and repeats the choices
set -euo pipefail
# shellcheck source=scripts/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
cd "$root"

export MARKET_SOAK_MOMENTS=${1:-200}
if [ $# -ge 2 ]; then export MARKET_SOAK_SEED=$2; fi
require_tools
npm_packages contracts
dotnet build tests/Market.EndToEnd.Tests -c Release -v quiet --nologo
exec artifacts/bin/Market.EndToEnd.Tests/release/Market.EndToEnd.Tests -noColor -noLogo -diagnostics \
  -class Market.EndToEnd.Tests.Drills.CrashDrillTests

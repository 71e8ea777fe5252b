# Shared by the scripts: where things are, tool checks, npm packages. Source it; it runs nothing by itself.
# shellcheck shell=bash
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 DOTNET_CLI_USE_MSBUILD_SERVER=0 MSBUILDDISABLENODEREUSE=1
# The built executables look for the runtime here when it is not in a system folder.
if [ -z "${DOTNET_ROOT:-}" ] && command -v dotnet >/dev/null; then
  DOTNET_ROOT=$(dirname "$(readlink -f "$(command -v dotnet)")"); export DOTNET_ROOT
fi
export npm_config_fund=false npm_config_audit=false npm_config_update_notifier=false

say() { printf '%s\n' "$*" >&2; }
die() { say "error: $1"; shift; for line in "$@"; do say "  next: $line"; done; exit 1; }

# The market needs .NET SDK 10, Node 20 or newer and npm; the chain's own Node 22 comes with the npm packages.
require_tools() {
  command -v dotnet >/dev/null || die "the .NET SDK is missing" "install .NET SDK 10: https://dotnet.microsoft.com/download"
  dotnet --list-sdks | grep -q '^10\.' || die "no .NET SDK 10 among: $(dotnet --list-sdks | cut -d' ' -f1 | tr '\n' ' ')" "install .NET SDK 10: https://dotnet.microsoft.com/download"
  command -v node >/dev/null || die "Node.js is missing" "install Node.js 20 or newer: https://nodejs.org"
  local major; major=$(node -p 'process.versions.node.split(".")[0]')
  [ "$major" -ge 20 ] || die "Node.js $(node --version) is too old" "install Node.js 20 or newer: https://nodejs.org"
  command -v npm >/dev/null || die "npm is missing" "install npm, it comes with Node.js: https://nodejs.org"
}

# npm ci in $1, unless the packages of its lock file are there already.
npm_packages() {
  local stamp="$1/node_modules/.installed-from"
  [ -f "$stamp" ] && cmp -s "$stamp" "$1/package-lock.json" && return 0
  (cd "$1" && npm ci --no-progress --loglevel=error) && cp "$1/package-lock.json" "$stamp"
}

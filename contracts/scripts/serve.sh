#!/bin/sh
# In a container: starts the chain, deploys the market, writes /deployments/<chainId>.json, and stays with the chain.
set -eu
node_modules/.bin/node node_modules/hardhat/dist/src/cli.js node --network node --hostname 0.0.0.0 --port 8545 >/tmp/chain.log 2>&1 &
chain=$!
trap 'kill "$chain" 2>/dev/null' INT TERM
until node -e 'fetch("http://127.0.0.1:8545",{method:"POST",headers:{"content-type":"application/json"},body:JSON.stringify({jsonrpc:"2.0",id:1,method:"eth_chainId",params:[]})}).then(()=>process.exit(0),()=>process.exit(1))'; do
  kill -0 "$chain" || { cat /tmp/chain.log; exit 1; }
done
node_modules/.bin/node scripts/deploy.ts --rpc http://127.0.0.1:8545 --out "${MARKET_DEPLOYMENTS:-/deployments}"
wait "$chain"

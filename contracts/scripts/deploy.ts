// Deploys a market and writes deployments/<chainId>.json.
//
//   npm run deploy -- [--rpc URL] [--profile NAME] [--token ADDRESS] [--out FILE.json or FOLDER]
//
// Signs with MARKET_DEPLOYER_KEY if it is set, else lets the node sign for its first account (a local chain).
// Without --token it deploys the local Token, whose minter is the deployer. Profiles: deploy-profiles.json.
import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { createPublicClient, createWalletClient, http, type Address, type Hex } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { committed } from "./built.ts";
import { artifactOf, deployMarket, readProfile, root } from "./deployment.ts";

const { values } = parseArgs({
  options: {
    rpc: { type: "string", default: "http://127.0.0.1:8545" },
    profile: { type: "string", default: "local" },
    token: { type: "string" },
    out: { type: "string", default: join(root, "deployments") },
  },
});

// Without a committed build of these sources they are compiled: a no-op when nothing changed since the last time.
const read = committed() ?? build();

const client = createPublicClient({ transport: http(values.rpc), pollingInterval: 50 });
const chainId = await client.getChainId();
const chain = {
  id: chainId,
  name: `chain ${chainId}`,
  nativeCurrency: { name: "Ether", symbol: "ETH", decimals: 18 },
  rpcUrls: { default: { http: [values.rpc] } },
};
const key = process.env.MARKET_DEPLOYER_KEY as Hex | undefined;
const accounts = key ? [] : ((await client.request({ method: "eth_accounts" as never })) as Address[]);
const account = key ? privateKeyToAccount(key) : accounts[0];
if (!account) throw new Error("the node signs for no account: set MARKET_DEPLOYER_KEY");
const wallet = createWalletClient({ account, chain, transport: http(values.rpc) });

const deployment = await deployMarket(client, wallet, readProfile(values.profile), values.token as Address | undefined, { read });
const file = values.out.endsWith(".json") ? values.out : join(values.out, `${chainId}.json`);
mkdirSync(dirname(file), { recursive: true });
const text = JSON.stringify({ chainId, rpc: values.rpc, profile: values.profile, ...deployment }, null, 2);
writeFileSync(file, text + "\n");
console.log(text);

function build(): typeof artifactOf {
  execFileSync(process.execPath, ["node_modules/hardhat/dist/src/cli.js", "build", "--quiet", "--no-tests"], { cwd: root, stdio: "inherit" });
  return artifactOf;
}

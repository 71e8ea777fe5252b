// Deploys the parts of a market in the order that their constructors need.
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { getContract, getContractAddress, zeroAddress, type Abi, type Address, type Hex, type PublicClient, type WalletClient } from "viem";

export const root = resolve(dirname(fileURLToPath(import.meta.url)), "..");

/** Amounts are whole units of the asset, times are seconds. */
export interface Profile {
  minStake: number;
  demandDeposit: number;
  maxLeaseValue: number;
  unbondSeconds: number;
  firmSeconds: number;
  graceSeconds: number;
  cooldownSeconds: number;
  maxLeaseSeconds: number;
  maxWindowSeconds: number;
  maxMfuel: number;
  demandSeconds: number;
  summonsSeconds: number;
  declineBps: number;
  expireBps: number;
  feeBps: number;
  maxFills: number;
  lookAhead: number;
  registry: { threshold: number; maxLevel: number; maxLifetime: number; maxAge: number; slash: number };
  dispute: { bond: number; requestDeposit: number; answerSeconds: number; poolSeconds: number; incrementSeconds: number; stepsPerSecond: number };
}

export interface Deployment {
  version: number;
  genesis: Hex;
  block: number;
  market: Address;
  registry: Address;
  /** Jobs of many stages. */
  jobs: Address;
  token: Address;
  desk: Address;
  court: Address;
  lens: Address;
  /** Judges optimistic results: games over the step machine, or what the caller gave in their place. */
  dispute: Address;
  stepVm: Address | null;
  deployer: Address;
}

export interface Artifact {
  abi: Abi;
  bytecode: Hex;
}

export function readProfile(name: string): Profile {
  const profiles = JSON.parse(readFileSync(join(root, "deploy-profiles.json"), "utf8")) as Record<string, Profile>;
  if (!profiles[name]) throw new Error(`no profile ${name} in deploy-profiles.json; there are ${Object.keys(profiles).join(", ")}`);
  return profiles[name];
}

/** The artifact of `folder/Name`, or of `folder/File/Name` where the file has another name. */
export function artifactOf(path: string): Artifact {
  const parts = path.split("/");
  const name = parts.at(-1);
  const file = existsSync(join(root, "artifacts/src", `${path}.sol`)) ? path : parts.slice(0, -1).join("/");
  return JSON.parse(readFileSync(join(root, "artifacts/src", `${file}.sol`, `${name}.json`), "utf8"));
}

export async function deployMarket(
  client: PublicClient,
  wallet: WalletClient,
  profile: Profile,
  existingToken?: Address,
  options: { verdictModule?: Address; feeRecipient?: Address; token?: string; bondToken?: string; read?: (path: string) => Artifact } = {},
): Promise<Deployment> {
  const read = options.read ?? artifactOf;
  const deployer = wallet.account!.address;
  const create = async (path: string, args: unknown[]): Promise<{ address: Address; block: bigint }> => {
    const { abi, bytecode } = read(path);
    const hash = await wallet.deployContract({ abi, bytecode, args, account: wallet.account!, chain: wallet.chain });
    const receipt = await client.waitForTransactionReceipt({ hash });
    if (receipt.status !== "success" || !receipt.contractAddress) throw new Error(`deploying ${path} failed in ${hash}`);
    return { address: receipt.contractAddress, block: receipt.blockNumber };
  };

  const token = existingToken ?? (await create(options.token ?? "token/Token", [])).address;
  const erc20 = getContract({ address: token, abi: read("token/Token").abi, client });
  const unit = 10 ** Number(await erc20.read.decimals());
  const units = (amount: number): bigint => BigInt(Math.round(amount * unit));
  const { registry: registryProfile, dispute: disputeProfile, ...market } = profile;
  const parameters = {
    ...market,
    minStake: units(market.minStake),
    demandDeposit: units(market.demandDeposit),
    maxLeaseValue: units(market.maxLeaseValue),
    feeRecipient: options.feeRecipient ?? deployer,
    verdictModule: options.verdictModule ?? zeroAddress,
  };

  // Only tests give the judge another asset.
  const bondToken = options.bondToken ? (await create(options.bondToken, [])).address : token;
  const stepVm = options.verdictModule ? null : (await create("dispute/StepVm", [])).address;

  // The market, its judge and its registry name each other: addresses are known from the deployer's nonce.
  const nonce = BigInt(await client.getTransactionCount({ address: deployer })) + (stepVm ? 1n : 0n);
  const marketAddress = getContractAddress({ from: deployer, nonce: nonce + 3n });
  const registryAddress = getContractAddress({ from: deployer, nonce: nonce + 4n });
  if (stepVm) {
    const { bond, requestDeposit, ...clocks } = disputeProfile;
    const rules = { ...clocks, bond: units(bond), requestDeposit: units(requestDeposit), maxMfuel: market.maxMfuel };
    parameters.verdictModule = (await create("dispute/DisputeGame", [marketAddress, bondToken, stepVm, rules])).address;
  }
  const lens = await create("market/MarketLens", [token, registryAddress, parameters]);
  const court = await create("market/MarketCourt", [lens.address]);
  const desk = await create("market/MarketDesk", [court.address]);
  const core = await create("market/ComputeMarket", [desk.address]);
  const registry = await create("capability/CapabilityRegistry", [
    core.address,
    { ...registryProfile, slash: units(registryProfile.slash), minStake: parameters.minStake },
  ]);
  for (const [made, expected] of [[core.address, marketAddress], [registry.address, registryAddress]]) {
    if (made.toLowerCase() !== expected.toLowerCase()) throw new Error(`a contract came to ${made}, not ${expected}: another transaction of ${deployer} came between`);
  }

  const jobs = await create("jobs/JobManager", [core.address]);

  const deployed = getContract({ address: core.address, abi: read("market/IComputeMarket").abi, client });
  return {
    version: Number(await deployed.read.version()),
    genesis: (await deployed.read.genesis()) as Hex,
    block: Number(lens.block),
    market: core.address,
    registry: registry.address,
    jobs: jobs.address,
    token,
    desk: desk.address,
    court: court.address,
    lens: lens.address,
    dispute: parameters.verdictModule,
    stepVm,
    deployer,
  };
}

// A deployed market on an in-process chain and the moves that tests make on it.
import assert from "node:assert/strict";
import {
  decodeErrorResult, getContract, keccak256, parseEventLogs, toHex,
  type Abi, type Address, type Hex, type PublicClient, type TransactionReceipt, type WalletClient,
} from "viem";
import { newChain } from "./chains.ts";
import { packed, unpackLease, workHash, type Lease, type Terms, type Work } from "./words.ts";
import { artifactOf, deployMarket, readProfile, type Profile } from "../../scripts/deployment.ts";

export const CRD = 1_000_000n;
export const WASM = 1 << 24;
export const WASM_LEVEL_1 = (1 << 24) | (1 << 20);
export const TRUSTED = 1;
export const OPTIMISTIC = 2;
export const ANY_VERDICT = 6;
export const HOUR = 3600;

export enum State { None, Leased, Committed, Settled, Expired, Declined, Disputed, Voided }

export type { Lease, Terms } from "./words.ts";

export const marketAbi = artifactOf("market/IComputeMarket").abi as Abi;
export const registryAbi = artifactOf("capability/ICapabilityRegistry").abi as Abi;
export const disputeAbi = artifactOf("dispute/IDisputeGame").abi as Abi;
export const tokenAbi = artifactOf("token/Token").abi as Abi;
const allErrors = [...marketAbi, ...registryAbi, ...artifactOf("market/ComputeMarket").abi, ...artifactOf("market/MarketDesk").abi, ...artifactOf("market/MarketCourt").abi, ...tokenAbi, ...artifactOf("test/OddTokens/ReentrantToken").abi, ...disputeAbi, ...artifactOf("dispute/DisputeGame").abi, ...artifactOf("dispute/StepVm").abi, ...artifactOf("dispute/IInputOpener").abi, ...artifactOf("jobs/IJobManager").abi, ...artifactOf("jobs/JobAccount").abi,
  ...artifactOf("capability/CapabilityRegistry").abi].filter((item) => item.type === "error") as Abi;

export const WORK: Work = { module: toHex(1, { size: 32 }), program: keccak256("0x01"), moduleLength: 1000, manifest: toHex(2, { size: 32 }), memoryPages: 256, outputLimit: 65536 };
export const WORK_HASH = workHash(WORK);

export const root = (n: number | bigint): Hex => keccak256(toHex(BigInt(n), { size: 32 }));
export { bondUp, costDown, costUp, price } from "./prices.ts";

/** A tick whose price is about 0.001 CRD per Gfuel: 1 base unit per Mfuel is tick 859 or so. */
export const CHEAP = 860;

export interface Options {
  profile?: Partial<Profile>;
  token?: string;
  /** The judge's asset, if it is another. */
  bondToken?: string;
  /** Deploys a verdict module that may take so long. */
  disputeSeconds?: number;
  feeRecipient?: Address;
}

export type Market = Awaited<ReturnType<typeof setUp>>;

type Ground = Awaited<ReturnType<typeof prepare>>;
const grounds = new Map<string, { ground: Ground; snapshot: unknown }>();

/** A chain of its own with a market deployed on it. */
async function prepare(options: Options) {
  const connection = await newChain();
  const client = (await connection.viem.getPublicClient()) as unknown as PublicClient;
  const wallets = (await connection.viem.getWalletClients()) as unknown as WalletClient[];
  const profile: Profile = { ...readProfile("local"), ...options.profile };
  const verdictModule = options.disputeSeconds === undefined ? undefined : await deployVerdictModule(client, wallets[0], options.disputeSeconds);
  const deployed = await deployMarket(client, wallets[0], profile, undefined, { ...options, verdictModule });
  return { connection, client, wallets, profile, deployed, verdictModule };
}

async function deployVerdictModule(client: PublicClient, wallet: WalletClient, disputeSeconds: number): Promise<Address> {
  const { abi, bytecode } = artifactOf("test/Judge");
  const hash = await wallet.deployContract({ abi, bytecode, args: [disputeSeconds], account: wallet.account!, chain: wallet.chain });
  return (await client.waitForTransactionReceipt({ hash })).contractAddress!;
}

/** A fresh market: deployed once per file and set of options, put back to that state for each test. */
export async function setUp(options: Options = {}) {
  const id = JSON.stringify(options);
  let cached = grounds.get(id);
  if (!cached) cached = { ground: await prepare(options), snapshot: undefined };
  const { connection, client, wallets, profile, deployed, verdictModule } = cached.ground;
  if (cached.snapshot !== undefined) await connection.provider.request({ method: "evm_revert", params: [cached.snapshot] });
  grounds.set(id, { ground: cached.ground, snapshot: await connection.provider.request({ method: "evm_snapshot", params: [] }) });
  const [deployer] = wallets;
  const token = getContract({ address: deployed.token, abi: tokenAbi, client: { public: client, wallet: deployer } });
  const market = getContract({ address: deployed.market, abi: marketAbi, client: { public: client, wallet: deployer } });
  const registry = getContract({ address: deployed.registry, abi: registryAbi, client: { public: client, wallet: deployer } });
  const known = new Set<Address>();
  const offers = new Map<Hex, { terms: Terms; leases: Lease[] }>();

  const now = async (): Promise<number> => Number((await client.getBlock()).timestamp);
  const rpc = (method: string, params: unknown[]) => connection.provider.request({ method, params });

  /** Makes the next block's time at least `time`, by mining an empty block there. */
  const warpTo = async (time: number): Promise<void> => {
    await rpc("evm_setNextBlockTimestamp", [time]);
    await rpc("evm_mine", []);
  };

  /** Waits until a device that lost or gave back a lease may bid again. */
  const coolDown = async (): Promise<void> => warpTo((await now()) + (await read<any>("parameters")).cooldownSeconds + 1);

  const call = (to: Address, abi: Abi, from: WalletClient, functionName: string, args: unknown[]): Promise<TransactionReceipt> =>
    callRaw(to, abi, from, functionName, packed(functionName, args));
  const callRaw = async (to: Address, abi: Abi, from: WalletClient, functionName: string, args: unknown[]): Promise<TransactionReceipt> => {
    known.add(from.account!.address);
    const hash = await from.writeContract({ address: to, abi, functionName, args, account: from.account!, chain: from.chain, gas: 16_000_000n } as never);
    const receipt = await client.waitForTransactionReceipt({ hash });
    if (receipt.status !== "success") {
      const trace: any = await rpc("debug_traceTransaction", [hash, { disableStorage: true, disableMemory: true, disableStack: true }]);
      throw Object.assign(new Error(`${functionName} reverted: ${reasonOf(trace.returnValue)}`), { data: `0x${trace.returnValue.replace(/^0x/, "")}` });
    }
    return receipt;
  };
  const send = (from: WalletClient, functionName: string, ...args: unknown[]) => call(deployed.market, marketAbi, from, functionName, args);
  const read = async <T>(functionName: string, ...args: unknown[]): Promise<T> =>
    (await client.readContract({ address: deployed.market, abi: marketAbi, functionName, args: packed(functionName, args) } as never)) as T;

  const events = (receipt: TransactionReceipt, name?: string): { name: string; args: any }[] =>
    parseEventLogs({ abi: marketAbi, logs: receipt.logs })
      .map((log: any) => ({ name: log.eventName, args: log.args }))
      .filter((event) => name === undefined || event.name === name);

  const fund = async (wallet: WalletClient, amount = 10_000n * CRD): Promise<void> => {
    await call(deployed.token, tokenAbi, deployer, "mint", [wallet.account!.address, amount]);
    await call(deployed.token, tokenAbi, wallet, "approve", [deployed.market, amount]);
    await send(wallet, "deposit", amount);
  };

  /** A device with its own owner and operator. */
  const addDevice = async (
    owner: WalletClient, operator: WalletClient,
    { stake = 1_000n * CRD, classKey = WASM, score = 1_000, memoryMiB = 1_024, lanes = 4, life = 24 * HOUR }: Partial<{
      stake: bigint; classKey: number; score: number; memoryMiB: number; lanes: number; life: number }> = {},
  ): Promise<number> => {
    await fund(owner);
    const receipt = await send(owner, "registerDevice", operator.account!.address, stake, "https://127.0.0.1:7000", toHex(7, { size: 32 }));
    const device = events(receipt, "DeviceRegistered")[0].args.device as number;
    await call(deployed.registry, registryAbi, operator, "declare", [device, classKey, score, memoryMiB, lanes, (await now()) + life]);
    return device;
  };

  const placeBid = async (
    operator: WalletClient, device: number,
    { classKey = WASM, tick = CHEAP, lanes = 4, life = 12 * HOUR, mask = ANY_VERDICT }: Partial<{
      classKey: number; tick: number; lanes: number; life: number; mask: number }> = {},
  ) => send(operator, "placeBid", device, classKey, tick, lanes, (await now()) + life, mask);

  const termsOf = async (consumer: WalletClient, changes: Partial<Terms> = {}): Promise<Terms> => ({
    consumer: consumer.account!.address,
    nonce: await read<bigint>("nonceOf", consumer.account!.address),
    classKey: WASM, total: 8, mfuel: 1_000, maxTick: CHEAP + 64, leaseSeconds: 60, windowSeconds: 30,
    deadline: (await now()) + 2 * HOUR, verdict: OPTIMISTIC, bondBps: 20_000, minScore: 0, minMemoryMiB: 0, maxLeases: 0, tip: 0,
    work: WORK_HASH, devices: [], ...changes,
  });

  const leasesIn = (receipt: TransactionReceipt): Lease[] =>
    events(receipt, "Leased").map(({ args }) => unpackLease(args.offerId, args.lease));

  const remember = (terms: Terms, id: Hex, receipt: TransactionReceipt): Lease[] => {
    const leases = leasesIn(receipt);
    const offer = offers.get(id) ?? { terms, leases: [] };
    offer.leases.push(...leases);
    offers.set(id, offer);
    return leases;
  };

  const post = async (consumer: WalletClient, terms: Terms, functionName = "postAndMatch", work = WORK) => {
    const receipt = await send(consumer, functionName, terms, work);
    const id = events(receipt, "OfferPosted")[0].args.offerId as Hex;
    return { id, receipt, leases: remember(terms, id, receipt) };
  };

  const matchOffer = async (caller: WalletClient, terms: Terms) => {
    const receipt = await send(caller, "matchOffer", terms);
    return { receipt, leases: remember(terms, await read<Hex>("offerIdOf", terms), receipt) };
  };

  const keyOf = (lease: Lease): Promise<Hex> => read<Hex>("leaseKeyOf", lease);
  const statusOf = async (lease: Lease): Promise<any> => read("lease", await keyOf(lease));

  /** The sentence every test ends with: credits + stakes + escrows are the tokens held, to the unit. */
  const assertSolvent = async (): Promise<void> => {
    for (const wallet of wallets) known.add(wallet.account!.address);
    known.add("0x000000000000000000000000000000000000dEaD");
    if (options.feeRecipient) known.add(options.feeRecipient);
    const empty = { offer: toHex(0, { size: 32 }), device: 0, first: 0, count: 0, unitPrice: 0n, attempt: 0 };
    const claims = [...offers.values()].flatMap(({ terms, leases }) => [{ terms, lease: empty }, ...leases.map((lease) => ({ terms, lease }))]);
    // A sole lease's escrow is counted through its lease, so leases come first.
    claims.sort((a, b) => (a.terms === b.terms ? b.lease.count - a.lease.count : 0));
    const [credits, stakes, escrows, held] = await read<bigint[]>("totals", [...known], claims);
    assert.equal(credits + stakes + escrows, held);
  };

  return {
    connection, client, wallets, deployer, deployed, token, market, registry, profile, offers, known,
    verdictModule, now, rpc, warpTo, coolDown, send, read, call, callRaw, events, fund, addDevice, placeBid, termsOf, post, matchOffer, keyOf, statusOf, assertSolvent, leasesIn,
  };
}

/** Asserts that a call is refused with the custom error, and returns the error's arguments. */
export async function assertReverts(action: Promise<unknown>, name: string): Promise<readonly unknown[]> {
  let failure: any;
  try {
    await action;
  } catch (error) {
    failure = error;
  }
  assert.ok(failure, `expected ${name}, but the call succeeded`);
  const data = revertData(failure);
  assert.ok(data, `expected ${name}, got: ${failure.message}`);
  const decoded = decodeErrorResult({ abi: allErrors, data });
  assert.equal(decoded.errorName, name, `expected ${name}, got ${decoded.errorName}(${String(decoded.args ?? "")})`);
  return decoded.args ?? [];
}

function reasonOf(returned: string): string {
  try {
    const { errorName, args } = decodeErrorResult({ abi: allErrors, data: `0x${returned.replace(/^0x/, "")}` });
    return `${errorName}(${String(args ?? "")})`;
  } catch {
    return returned;
  }
}

function revertData(error: any): Hex | undefined {
  for (let at = error; at; at = at.cause) {
    const data = typeof at.data === "string" ? at.data : (at.raw ?? at.data?.data);
    if (typeof data === "string" && data.startsWith("0x") && data.length >= 10) return data as Hex;
  }
  return undefined;
}

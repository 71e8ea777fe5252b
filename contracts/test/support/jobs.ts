// Jobs of many stages on a market of tests: what a client, a device and a keeper do, each by its own wallet.
import { encodeAbiParameters, keccak256, parseAbiParameters, parseEventLogs, concat, toHex, type Abi, type Hex, type TransactionReceipt, type WalletClient } from "viem";
import { CHEAP, CRD, HOUR, marketAbi, OPTIMISTIC, root, setUp, tokenAbi, WASM, WORK, type Lease, type Options, type Terms } from "./market.ts";
import { costOf, packedLease, packedTerms, packedWork, rulesOf, unpackTerms } from "./words.ts";
import { artifactOf } from "../../scripts/deployment.ts";

export const jobsAbi = artifactOf("jobs/IJobManager").abi as Abi;
export enum Kind { Manifest, Each, Group, FanOut }
export enum Stage { None, Open, Committed, Final, Stale, Failed }
export enum JobIs { None, Active, Finished, Expired, Cancelled }

const NOBODY = "0x0000000000000000000000000000000000000000";
const NO_FAN_OUT = { record: "0x", head: "0x", siblings: [] as Hex[] };

export interface StageShape {
  total: number; mfuel: number; maxTick: number; leaseSeconds: number; windowSeconds: number; seconds: number; verdict: number; devices: number[];
  startFinal: boolean; attempts: number; escalateTicks: number; budget: bigint; waitsFor: bigint;
  kind: Kind; join: number; size: number; stages: number[]; frame: Hex;
}

export type StageSpec = ReturnType<typeof stageOf>;

/** One stage as the contract takes it: a list of eight tasklets, or what `changes` say. */
export function stageOf(index: number, changes: Partial<StageShape> = {}) {
  const s: StageShape = {
    total: changes.kind ? 0 : 8, mfuel: 1_000, maxTick: CHEAP + 64, leaseSeconds: 60, windowSeconds: 30, seconds: 600, verdict: OPTIMISTIC, devices: [],
    startFinal: false, attempts: 2, escalateTicks: 8, budget: 100n * CRD, waitsFor: 0n,
    kind: Kind.Manifest, join: 0, size: 0, stages: [], frame: "0x", ...changes };
  const terms: Terms = {
    consumer: NOBODY, nonce: 0n, classKey: WASM, total: s.total, mfuel: s.mfuel, maxTick: s.maxTick, leaseSeconds: s.leaseSeconds,
    windowSeconds: s.windowSeconds, deadline: s.seconds, verdict: s.verdict, bondBps: 20_000, minScore: 0, minMemoryMiB: 0, maxLeases: 0, tip: 0,
    work: toHex(0, { size: 32 }), devices: s.devices };
  const work = packedWork(s.kind === Kind.Manifest ? WORK : { ...WORK, manifest: toHex(0, { size: 32 }) });
  return {
    index, startFinal: s.startFinal, attempts: s.attempts, escalateTicks: s.escalateTicks, budget: s.budget, waitsFor: s.waitsFor,
    cost: costOf(terms), rules: rulesOf(terms), work: { ...work, limits: work.limits | (BigInt(s.kind) << 96n) }, classKey: WASM, devices: s.devices,
    input: { kind: s.kind, join: s.join, size: s.size, stages: s.stages, frame: s.frame } };
}

const parametersOf = (name: string, place: number) => (jobsAbi.find((item) => item.type === "function" && item.name === name) as any).inputs[place];
const leafOf = (stage: StageSpec): Hex => keccak256(encodeAbiParameters([parametersOf("openStage", 1)], [stage] as never));
const pair = (a: Hex, b: Hex): Hex => keccak256(concat(a < b ? [a, b] : [b, a]));

/** Root of the stages' tree and the path of one of them, written down a second time. */
export function dagOf(stages: StageSpec[], index = 0): { root: Hex; proof: Hex[] } {
  let [nodes, at] = [stages.map(leafOf), index];
  const proof: Hex[] = [];
  while (nodes.length > 1) {
    if ((at ^ 1) < nodes.length) proof.push(nodes[at ^ 1]);
    nodes = Array.from({ length: Math.ceil(nodes.length / 2) }, (_, i) => (2 * i + 1 < nodes.length ? pair(nodes[2 * i], nodes[2 * i + 1]) : nodes[2 * i]));
    at >>= 1;
  }
  return { root: nodes[0], proof };
}

export interface Opened { id: Hex; terms: Terms; leases: Lease[]; receipt: TransactionReceipt; rule: any }
export interface Results { leases: bigint[]; roots: Hex[] }

/** A market with two devices, an owner of jobs with 1,000 CRD in its wallet, and a keeper who owns nothing. */
export async function setUpJobs(options: Options = {}, lanes = [4, 4]) {
  const m = await setUp(options);
  const [, owner, ...rest] = m.wallets;
  const keeper = rest.at(-1)!;
  const operators = new Map<number, WalletClient>();
  for (const [i, count] of lanes.entries()) {
    const device = await m.addDevice(rest[2 * i], rest[2 * i + 1], { lanes: count });
    await m.placeBid(rest[2 * i + 1], device, { tick: CHEAP + i, lanes: count });
    operators.set(device, rest[2 * i + 1]);
  }
  await m.call(m.deployed.token, tokenAbi, m.deployer, "mint", [owner.account!.address, 1_000n * CRD]);
  await m.call(m.deployed.token, tokenAbi, owner, "approve", [m.deployed.jobs, 1_000n * CRD]);

  const send = (from: WalletClient, name: string, ...args: unknown[]) => m.call(m.deployed.jobs, jobsAbi, from, name, args);
  const read = async <T>(functionName: string, ...args: unknown[]): Promise<T> =>
    (await m.client.readContract({ address: m.deployed.jobs, abi: jobsAbi, functionName, args } as never)) as T;
  const said = (receipt: TransactionReceipt, name: string): any[] =>
    parseEventLogs({ abi: jobsAbi, logs: receipt.logs }).filter((log: any) => log.eventName === name).map((log: any) => log.args);
  const wealth = (wallet: WalletClient) => m.token.read.balanceOf([wallet.account!.address]) as Promise<bigint>;

  /** A job of these stages, not posted yet. */
  const jobOf = async (stages: StageSpec[], changes: Record<string, unknown> = {}) => ({
    owner: owner.account!.address, nonce: 0n, deadline: (await m.now()) + 2 * HOUR, stages: stages.length, tip: 0n, budget: 200n * CRD,
    dagRoot: dagOf(stages).root, ...changes });

  const posted = async (stages: StageSpec[], changes: Record<string, unknown> = {}) => {
    const job = await jobOf(stages, changes);
    const receipt = await send(owner, "postJob", job, stages);
    const [{ jobId, account }] = said(receipt, "JobPosted");
    m.known.add(account);
    const open = async (from: WalletClient, index: number, sources: Results[] = [], fanOut = NO_FAN_OUT): Promise<Opened> => {
      const receipt = await send(from, "openStage", job, stages[index], dagOf(stages, index).proof, sources, fanOut);
      const [offer] = parseEventLogs({ abi: marketAbi, logs: receipt.logs, eventName: "OfferPosted" }) as any[];
      const terms = unpackTerms(offer.args);
      const leases = m.leasesIn(receipt);
      m.offers.set(offer.args.offerId, { terms, leases: [...leases] });
      return { id: offer.args.offerId, terms, leases, receipt, rule: said(receipt, "StageOpened")[0].rule };
    };
    return { job, jobId: jobId as Hex, account, stages, open, receipt, status: () => read<any>("status", jobId), stage: (index: number) => read<any>("stageStatus", jobId, index) };
  };

  /** The devices hand in results: root n for the lease that starts at tasklet n of the salt's thousand. */
  const commit = async (opened: Opened, salt = 0, roots?: Hex[]): Promise<Results> => {
    const results: Results = { leases: [], roots: [] };
    const inOrder = [...opened.leases].sort((a, b) => a.first - b.first);
    for (const [i, lease] of inOrder.entries()) {
      const result = roots?.[i] ?? root(1_000 * salt + lease.first);
      await m.send(operators.get(lease.device)!, "commit", opened.terms, lease, result);
      results.leases.push(packedLease(lease));
      results.roots.push(result);
    }
    return results;
  };

  const record = (from: WalletClient, job: unknown, index: number, opened: Opened, results: Results) =>
    send(from, "recordStage", job, index, packedTerms(opened.terms), results);

  /** Lets the window pass, settles all of an offer and shows that it is final. */
  const finish = async (from: WalletClient, job: unknown, index: number, opened: Opened, results: Results) => {
    await m.warpTo((await m.now()) + 31);
    await m.send(from, "settle", opened.terms, opened.leases);
    return record(from, job, index, opened, results);
  };

  return { m, owner, keeper, operators, send, read, said, wealth, jobOf, posted, commit, record, finish };
}

const RULE = parseAbiParameters("(uint8 kind, uint8 join, uint32 size, bytes frame, (uint32[] counts, bytes32[] roots)[] sources)");
export const ruleHash = (rule: unknown): Hex => keccak256(encodeAbiParameters(RULE, [rule] as never));
export { packedTerms } from "./words.ts";

/** A map over eight listed inputs. */
export const MAP = () => stageOf(0);

/** A stage whose tasklets each read one of the map's outputs. */
export const EACH = () => stageOf(1, { kind: Kind.Each, stages: [0], frame: "0x1234" });

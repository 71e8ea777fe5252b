// What jobs and their steps cost, in gas of whole transactions: the figures of the snapshot and of the benchmark.
// A market of 22 devices, three to a price, each with four lanes. Without a protocol fee unless a name says so.
import { hexToBytes, toHex, type TransactionReceipt } from "viem";
import { HOUR, registryAbi, root, setUp, tokenAbi, WASM_LEVEL_1, type Lease, type Market, type Terms } from "./market.ts";
import { disputed, Piece } from "./disputes.ts";
import { Kind, setUpJobs, stageOf, type Opened, type Results } from "./jobs.ts";
import { sign, type Statement } from "./statements.ts";
import { leavesOf, proofOf, recordOf, rootOf } from "./tree.ts";

export type Figures = Record<string, number>;

const gas = (...receipts: TransactionReceipt[]): number => receipts.reduce((sum, receipt) => sum + Number(receipt.gasUsed), 0);
const DEVICES = 22;

async function market(feeBps = 0) {
  const m = await setUp(feeBps === 0 ? {} : { profile: { feeBps } });
  const [, consumer, owner, operator, keeper] = m.wallets;
  await m.fund(consumer);
  await m.fund(m.deployer); // whose account takes fees: it has some already, as after any market's first settlement
  const placed: TransactionReceipt[] = [];
  for (let i = 0; i < DEVICES; i++) {
    const device = await m.addDevice(owner, operator);
    placed.push(await m.placeBid(operator, device, { tick: 860 + Math.floor(i / 3) }));
  }
  const post = async (changes: Partial<Terms>, functionName?: string) => {
    const terms = await m.termsOf(consumer, changes);
    return { terms, ...(await m.post(consumer, terms, functionName)) };
  };
  const commit = (terms: Terms, lease: Lease, result = root(1)) => m.send(operator, "commit", terms, lease, result);
  const windowOver = async () => m.warpTo((await m.now()) + 31);
  return { m, consumer, owner, operator, keeper, placed, post, commit, windowOver };
}

/** One tasklet: posted and matched, committed, accepted by the consumer. */
async function standalone(feeBps: number): Promise<number> {
  const { m, consumer, post, commit } = await market(feeBps);
  const { receipt, terms, leases } = await post({ total: 1 });
  return gas(receipt, await commit(terms, leases[0]), await m.send(consumer, "accept", terms, leases));
}

/** One tasklet, settled inside the call that commits its device's next result. */
async function folded(): Promise<number> {
  const { m, operator, post, commit, windowOver } = await market();
  const earlier = await post({ total: 1 });
  await commit(earlier.terms, earlier.leases[0]);
  const later = await post({ total: 1 });
  await windowOver();
  return gas(later.receipt, await m.send(operator, "commitMany",
    [{ terms: later.terms, lease: later.leases[0], resultRoot: root(2) }], [{ terms: earlier.terms, lease: earlier.leases[0] }]));
}

/** A whole job whose leases a keeper settles together: gas of matching, and of everything. */
async function job(leases: number, changes: Partial<Terms>): Promise<{ match: number; all: number }> {
  const { m, keeper, post, commit, windowOver } = await market();
  const posted = await post(changes);
  if (posted.leases.length !== leases) throw new Error(`${posted.leases.length} leases instead of ${leases}`);
  const commits: TransactionReceipt[] = [];
  for (const lease of posted.leases) commits.push(await commit(posted.terms, lease));
  await windowOver();
  const match = gas(posted.receipt);
  return { match, all: match + gas(...commits, await m.send(keeper, "settle", posted.terms, posted.leases)) };
}

/** A whole job of three stages, each of `total` tasklets in two leases: everything from posting to the refund. */
async function stagedJob(total: number, mfuel: number): Promise<number> {
  const { m, keeper, posted, commit, record, finish, send } = await setUpJobs();
  const stages = [stageOf(0, { total, mfuel }), stageOf(1, { kind: Kind.Each, stages: [0], mfuel }), stageOf(2, { kind: Kind.Each, stages: [1], mfuel })];
  const first = (await m.client.getBlockNumber()) + 1n;
  const { job, open } = await posted(stages);
  const done: { opened: Opened; results: Results }[] = [];
  for (let index = 0; index < 3; index++) {
    const opened = await open(keeper, index, index === 0 ? [] : [done[index - 1].results]);
    if (opened.leases.length !== 2) throw new Error(`${opened.leases.length} leases instead of 2`);
    const results = await commit(opened, index + 1);
    await record(keeper, job, index, opened, results);
    done.push({ opened, results });
  }
  for (const [index, { opened, results }] of done.entries()) await finish(keeper, job, index, opened, results);
  await send(keeper, "endJob", job);
  let all = 0n;
  for (let block = first; block <= await m.client.getBlockNumber(); block++) all += (await m.client.getBlock({ blockNumber: block })).gasUsed;
  return Number(all);
}

export async function jobFigures(): Promise<Figures> {
  // A lane ends 48,000 Mfuel in a lease of a minute, so `mfuel` sets how many tasklets fill a device.
  const [two, twenty] = [await job(2, { total: 2 * 192 }), await job(20, { total: 20 * 192 })];
  const hundred = await job(2, { total: 100, mfuel: 3_600 });
  const tenThousand = await job(20, { total: 10_000, mfuel: 384 });
  const million = await job(20, { total: 1_000_000, mfuel: 1, leaseSeconds: 16 });
  const rounded = (value: number): number => Number(value.toFixed(2));
  return {
    single_tasklet_standalone: await standalone(0),
    single_tasklet_standalone_with_fee: await standalone(100),
    single_tasklet_folded: await folded(),
    marginal_lease: Math.round((twenty.all - two.all) / 18),
    match_per_fill: Math.round((twenty.match - two.match) / 18),
    per_tasklet_100: rounded(hundred.all / 100),
    per_tasklet_100_leases: 2,
    per_tasklet_10k: rounded(tenThousand.all / 10_000),
    per_tasklet_10k_leases: 20,
    per_tasklet_1m: rounded(million.all / 1_000_000),
    per_tasklet_1m_leases: 20,
    gas_10k_3stages: await stagedJob(10_000, 38),
    gas_100_3stages: await stagedJob(100, 3_600),
  };
}

/** Single calls, each in the state where it costs what it usually does. */
export async function stepFigures(): Promise<Figures> {
  const { m, consumer, owner, operator, keeper, placed, post, commit, windowOver } = await market();
  const figures: Figures = { place_bid: gas(placed[1]) };
  const one = await post({ total: 1 });
  figures.post_and_match = gas(one.receipt);
  figures.commit = gas(await commit(one.terms, one.leases[0]));
  figures.accept = gas(await m.send(consumer, "accept", one.terms, one.leases));

  const open = await post({ total: 1 }, "postOffer");
  figures.post_offer = gas(open.receipt);
  figures.match_offer = gas((await m.matchOffer(keeper, open.terms)).receipt);

  const kept = await post({ total: 1 });
  await commit(kept.terms, kept.leases[0]);
  await windowOver();
  figures.settle = gas(await m.send(keeper, "settle", kept.terms, kept.leases));

  const signed = await post({ total: 1 });
  const acceptance = await consumer.signTypedData({
    account: consumer.account!, primaryType: "Acceptance", message: { lease: await m.keyOf(signed.leases[0]), resultRoot: root(1) },
    types: { Acceptance: [{ name: "lease", type: "bytes32" }, { name: "resultRoot", type: "bytes32" }] },
    domain: { name: "ComputeMarket", version: "1", chainId: 31337, verifyingContract: m.deployed.market },
  });
  figures.commit_accepted = gas(await m.send(operator, "commitAccepted", signed.terms, signed.leases[0], root(1), acceptance));

  const asked = await post({ total: 3 });
  const records = leavesOf(hexToBytes(`0x${[1, 2, 3].map((n) => recordOf(10, root(n)).slice(2)).join("")}`));
  await commit(asked.terms, asked.leases[0], rootOf(records));
  figures.demand = gas(await m.send(consumer, "demand", asked.terms, asked.leases[0], { index: 2, output: false, firstLeaf: 0, leaves: 0 }));
  figures.answer = gas(await m.send(operator, "answer", asked.terms, asked.leases[0], records[2], proofOf(records, 2), "0x", []));

  const lost = await post({ total: 1 });
  figures.decline = gas(await m.send(operator, "decline", lost.terms, lost.leases[0], 5));
  const late = await post({ total: 1 });
  figures.summon = gas(await m.send(consumer, "summon", late.terms, late.leases[0]));
  figures.appear = gas(await m.send(operator, "appear", late.terms, late.leases[0]));
  await m.warpTo((await m.now()) + 60 + 6);
  figures.expire = gas(await m.send(keeper, "expire", late.terms, late.leases[0]));
  figures.cancel = gas(await m.send(consumer, "cancelOffer", late.terms));
  figures.statement_3 = await statements(m);
  await m.call(m.deployed.token, tokenAbi, m.deployer, "mint", [owner.account!.address, 1n]);
  await m.call(m.deployed.token, tokenAbi, owner, "approve", [m.deployed.market, 1n]);
  figures.deposit = gas(await m.send(owner, "deposit", 1n));
  figures.withdraw = gas(await m.send(owner, "withdraw", 1n));
  return { ...figures, ...await disputeFigures() };
}

/** A game that its challenger wins by time, and a request; proofs are in bench/results/dispute.json. */
async function disputeFigures(): Promise<Figures> {
  const { m, challenger, other, keeper, open, reply, timeout, settle, request, show } = await disputed({ windowSeconds: 600 });
  const figures: Figures = { request: gas(await request(other, { piece: Piece.Record, index: 0, firstLeaf: 0, leaves: 0 })) };
  figures.show_record = gas(await show(keeper, { piece: Piece.Record, index: 0, firstLeaf: 0, leaves: 0 }));
  const module = { piece: Piece.Module, index: 0, firstLeaf: 0, leaves: 32 };
  await request(other, module);
  figures.show_4_kib = gas(await show(keeper, module));
  figures.game_open = gas(await open(challenger));
  figures.game_move = gas(await reply());
  await m.warpTo((await m.now()) + 600);
  figures.game_timeout = gas(await timeout(keeper, challenger));
  figures.game_settle_upheld = gas(await settle(keeper, challenger));
  const lost = await disputed({ windowSeconds: 600 });
  await lost.open(lost.challenger);
  await lost.m.warpTo((await lost.m.now()) + 600);
  await lost.timeout(lost.keeper, lost.challenger);
  figures.game_settle_overturned = gas(await lost.settle(lost.keeper, lost.challenger));
  return figures;
}

/** A device raised to level 1 on three attesters' statements. */
async function statements(m: Market): Promise<number> {
  const pairs = [5, 7, 9, 11].map((i) => [m.wallets[i], m.wallets[i + 1]] as const);
  const devices: number[] = [];
  for (const [owner, operator] of pairs) devices.push(await m.addDevice(owner, operator));
  const statement: Statement = {
    device: devices[0], classKey: WASM_LEVEL_1, scorePerLane: 2_000, memoryMiB: 2_048, lanes: 4, seed: toHex(5, { size: 32 }),
    issuedAt: await m.now(), expiresAt: (await m.now()) + 24 * HOUR };
  const signatures = [];
  for (const i of [1, 2, 3]) signatures.push({ attester: devices[i], signature: await sign(m, pairs[i][1], statement) });
  return gas(await m.call(m.deployed.registry, registryAbi, pairs[0][1], "attest", [statement, signatures]));
}

// A market with its judge, one committed lease, and the moves of disputes about it. Runs are never executed here: games end by
// clocks. Whole games, with every kind of lie, are played in tests/Market.Chain.Tests.
import { concat, decodeEventLog, encodeAbiParameters, hexToBytes, keccak256, padHex, toHex, type Address, type Hex, type TransactionReceipt, type WalletClient } from "viem";
import { CRD, disputeAbi, setUp, tokenAbi, type Lease, type Options, type Terms } from "./market.ts";
import { leavesOf, proofOf, recordOf, rootOf } from "./tree.ts";
import { packedLease, packedTerms, packedWork, scopeOf, workHash, type Work } from "./words.ts";

/**
 * Seconds that a provider has more for its first move: the longest run of 1,000 Mfuel, with (2^17 + 2) frames of 8·2^10
 * instructions and 2^28 for one bulk instruction, at the speed that the judge counts on.
 */
export const FIRST = Number((1_000_000_000n + 131_074n * 8_192n + (1n << 28n)) / 250_000_000n + 1n);
export const BOND = CRD;
export const DEPOSIT = CRD / 100n;
export const POOL = 60;
export const INCREMENT = 10;
export const ANSWER = 10;
export const BURNED: Address = "0x000000000000000000000000000000000000dEaD";
export const Stage = { Unknown: 0, Running: 1, ProviderWon: 2, ChallengerWon: 3, Settled: 4 } as const;
export const Piece = { Record: 0, Module: 1, Manifest: 2, Frame: 3, Stdin: 4 } as const;

/** The preimage of a program that no wasm lowers to, but that is well-formed. */
export const programOf = (codeDepth = 10, initialPages = 1): Hex =>
  concat(["0x01", toHex(codeDepth, { size: 1 }), "0x0000", toHex(3, { size: 4 }), toHex(initialPages, { size: 4 }), toHex(16, { size: 4 }),
    keccak256("0x11"), keccak256("0x12"), keccak256("0x13")]);

const bytesOf = (length: number, seed: number): Uint8Array => Uint8Array.from({ length }, (_, i) => (i * 11 + seed) & 255);

/** 32 hashes that nobody's run gives. */
export const tale = (seed: number): Hex[] => Array.from({ length: 32 }, (_, i) => keccak256(toHex(seed * 64 + i, { size: 32 })));

export interface Request { piece: number; index: number; firstLeaf: number; leaves: number }

/** Inputs that follow from a rule of this hash, and what shows each of them. */
export interface Ruled { kind: number; rule: Hex; inputs: { frame: Uint8Array; stdin: Uint8Array }[]; evidence: Hex[] }

/** Five tasklets on one device, committed. The third record is of no run at all. */
export async function disputed(changes: Partial<Terms> = {}, options: Options = {}, codeDepth = 10, stdinLength?: bigint, ruled?: Ruled) {
  const m = await setUp(options);
  const [, consumer, owner, operator, keeper, challenger, other] = m.wallets;
  const judge = m.deployed.dispute;
  const program = programOf(codeDepth);
  const module = bytesOf(5_000, 1);
  const inputs = ruled?.inputs ?? Array.from({ length: 5 }, (_, i) => ({ frame: bytesOf(256, i), stdin: bytesOf(1_000 + 700 * i, i + 50) }));
  const trees = inputs.map(({ frame, stdin }) => ({ frame: leavesOf(frame), stdin: leavesOf(stdin) }));
  const manifest = trees.map(({ frame, stdin }, i) => padHex(concat(
    [rootOf(frame), rootOf(stdin), toHex(256, { size: 8 }), toHex(stdinLength ?? BigInt(inputs[i].stdin.length), { size: 8 })]), { size: 128, dir: "right" }));
  const manifestLeaves = leavesOf(hexToBytes(concat(manifest)));
  const work: Work = {
    module: rootOf(leavesOf(module)), program: keccak256(program), moduleLength: module.length, manifest: ruled?.rule ?? rootOf(manifestLeaves),
    memoryPages: 16, outputLimit: 65_536, inputKind: ruled?.kind };
  await m.fund(consumer);
  const device = await m.addDevice(owner, operator);
  await m.placeBid(operator, device);
  for (const wallet of [challenger, other, owner]) {
    await m.call(m.deployed.token, tokenAbi, m.deployer, "mint", [wallet.account!.address, 100n * CRD]);
    await m.call(m.deployed.token, tokenAbi, wallet, "approve", [judge, 100n * CRD]);
  }

  const records = manifest.map((_, i): Hex => `0x0101${recordOf(10 + i, keccak256(toHex(i, { size: 32 }))).slice(6)}`);
  records[2] = `${records[2].slice(0, -2)}01`;
  const list = leavesOf(hexToBytes(concat(records)));

  const postAndCommit = async (more: Partial<Terms> = {}): Promise<{ terms: Terms; lease: Lease; id: Hex; receipt: TransactionReceipt }> => {
    const terms = await m.termsOf(consumer, { total: 5, work: workHash(work), ...changes, ...more });
    const { leases: [lease], id } = await m.post(consumer, terms, "postAndMatch", work);
    return { terms, lease, id, receipt: await m.send(operator, "commit", terms, lease, rootOf(list)) };
  };
  const first = await postAndCommit();

  const inputOf = (index: number) => ruled ? { input: ruled.evidence[index], inputProof: [] } : { input: manifest[index], inputProof: proofOf(manifestLeaves, index) };
  const scopeTuple = (terms: Terms) => scopeOf(terms);
  const accusation = (index: number, { terms, lease }: { terms: Terms; lease: Lease } = first, changed: object = {}) => ({
    terms: packedTerms(terms), scope: scopeTuple(terms), work: packedWork(work), lease: packedLease(lease), index,
    record: records[index], recordProof: proofOf(list, index), ...inputOf(index), program, ...changed });
  const send = (from: WalletClient, name: string, ...args: unknown[]) => m.callRaw(judge, disputeAbi, from, name, args);
  const read = async <T>(name: string, ...args: unknown[]): Promise<T> =>
    (await m.client.readContract({ address: judge, abi: disputeAbi, functionName: name, args } as never)) as T;
  const events = (receipt: TransactionReceipt): { name: string; args: any }[] => receipt.logs
    .filter((log) => log.address.toLowerCase() === judge.toLowerCase())
    .map((log) => decodeEventLog({ abi: disputeAbi, data: log.data, topics: log.topics } as never) as any)
    .map(({ eventName, args }) => ({ name: eventName, args }));

  const open = (from: WalletClient, index = 0, of = first) => send(from, "open", accusation(index, of), tale(index));
  const keyOf = (of = first): Promise<Hex> => m.keyOf(of.lease);
  const gameOf = async (by: WalletClient, index = 0, of = first): Promise<bigint> =>
    BigInt(keccak256(encodeAbiParameters([{ type: "bytes32" }, { type: "uint32" }, { type: "address" }], [await keyOf(of), index, by.account!.address])));
  const settle = (by: WalletClient, whose: WalletClient, index = 0, of = first) =>
    send(by, "settle", packedTerms(of.terms), packedLease(of.lease), index, whose.account!.address);
  const timeout = async (by: WalletClient, whose: WalletClient, index = 0, of = first) => send(by, "timeout", await gameOf(whose, index, of));
  const clock = async (whose: WalletClient, index = 0, of = first): Promise<number> => Number((await read<bigint[]>("deadlineOf", await gameOf(whose, index, of)))[0]);
  const game = async (whose: WalletClient, index = 0, of = first): Promise<any> => read("game", await gameOf(whose, index, of));

  /** A move of the provider that disputes the challenger's first hash. */
  const reply = async (index = 0, whose = challenger, of = first) => {
    const hashes = tale(index);
    const receipt = await m.client.getTransactionReceipt({ hash: opened.get(await gameOf(whose, index, of))! });
    const { from } = events(receipt).find(({ name }) => name === "GameOpened")!.args;
    const parting = { from, index: 1n, agreed: from, agreedPath: [], disputed: hashes[0], disputedPath: pathOf(hashes, 0) };
    return send(operator, "dissect", await gameOf(whose, index, of), parting, tale(1_000 + index));
  };
  const opened = new Map<bigint, Hex>();
  const openNoted = async (from: WalletClient, index = 0, of = first) => {
    const receipt = await open(from, index, of);
    opened.set(await gameOf(from, index, of), receipt.transactionHash);
    return receipt;
  };

  const request = (from: WalletClient, what: Request, of = first) => send(from, "request", packedTerms(of.terms), packedLease(of.lease), what);
  const close = (from: WalletClient, what: Request, of = first) => send(from, "closeRequest", packedTerms(of.terms), packedLease(of.lease), what);
  const showing = (what: Request, changed: object = {}, of = first) => {
    const shown = { scope: scopeTuple(of.terms), work: packedWork(work), record: "0x", recordProof: [] as Hex[], data: "0x", proof: [] as Hex[] };
    if (what.piece === Piece.Record) Object.assign(shown, { record: records[what.index], recordProof: proofOf(list, what.index) });
    else {
      const tree = what.piece === Piece.Module ? leavesOf(module) : what.piece === Piece.Manifest ? manifestLeaves
        : what.piece === Piece.Frame ? trees[what.index].frame : trees[what.index].stdin;
      if (what.piece >= Piece.Frame) Object.assign(shown, { record: inputOf(what.index).input, recordProof: inputOf(what.index).inputProof });
      const count = Math.min(what.leaves, tree.length);
      // Beyond the end there is nothing to show.
      if (what.firstLeaf < tree.length) Object.assign(shown, { data: concat(tree.slice(what.firstLeaf, what.firstLeaf + count)), proof: proofOf(tree, what.firstLeaf, Math.log2(count)) });
    }
    return { ...shown, ...changed };
  };
  const show = (from: WalletClient, what: Request, changed: object = {}, of = first) =>
    send(from, "show", packedTerms(of.terms), packedLease(of.lease), what, showing(what, changed, of));

  const owed = (account: WalletClient | Address) => read<bigint>("owed", typeof account === "string" ? account : account.account!.address);
  const held = () => m.client.readContract({ address: m.deployed.token, abi: tokenAbi, functionName: "balanceOf", args: [judge] } as never) as Promise<bigint>;
  /** What the judge holds is bonds and deposits that are out, and what it owes. */
  const assertHolds = async (bonds: bigint, deposits = 0n): Promise<void> => {
    let sum = bonds + deposits;
    for (const account of [...m.wallets.map((wallet) => wallet.account!.address), BURNED]) sum += await owed(account);
    if ((await held()) !== sum) throw new Error(`the judge holds ${await held()}, not ${sum}`);
    await m.assertSolvent();
  };

  return {
    m, consumer, owner, operator, keeper, challenger, other, device, judge, work, records, list, manifest, program, first, postAndCommit, accusation,
    send, read, events, open: openNoted, keyOf, gameOf, settle, timeout, clock, game, reply, request, close, show, owed, held, assertHolds };
}

/** Five siblings in a tree whose leaves are hashes themselves. */
export function pathOf(hashes: Hex[], index: number): Hex[] {
  const proof: Hex[] = [];
  for (let level = hashes, at = index; level.length > 1; at >>= 1) {
    proof.push(level[at ^ 1]);
    level = Array.from({ length: level.length / 2 }, (_, i) => keccak256(concat([level[2 * i], level[2 * i + 1]])));
  }
  return proof;
}

// The packed words in which offers and leases travel, from the values that tests write down.
import { encodeAbiParameters, keccak256, type Address, type Hex } from "viem";

export interface Terms {
  consumer: Address; nonce: bigint; classKey: number; total: number; mfuel: number; maxTick: number; rounds?: number; leaseSeconds: number;
  windowSeconds: number; deadline: number; verdict: number; bondBps: number; minScore: number; minMemoryMiB: number;
  maxLeases: number; tip: number; work: Hex; devices: number[];
}

export interface Lease { offer: Hex; device: number; first: number; count: number; unitPrice: bigint; attempt: number }

export interface Work { module: Hex; program: Hex; moduleLength: number; manifest: Hex; memoryPages: number; outputLimit: number; inputKind?: number }

/** Fields from the lowest bit: value, width. */
const pack = (...fields: [number | bigint, number][]): bigint => {
  let [word, at] = [0n, 0n];
  for (const [value, width] of fields) {
    if (BigInt(value) >> BigInt(width) !== 0n) throw new Error(`${value} does not fit ${width} bits`);
    word |= BigInt(value) << at;
    at += BigInt(width);
  }
  return word;
};

export const costOf = (t: Terms): bigint => pack([BigInt(t.consumer), 160], [t.total, 32], [t.mfuel, 32], [t.maxTick, 11], [t.rounds ?? 0, 5], [t.bondBps, 16]);

export const rulesOf = (t: Terms): bigint => pack(
  [t.nonce, 64], [t.deadline, 40], [t.leaseSeconds, 32], [t.windowSeconds, 32], [t.verdict, 8],
  [t.minScore, 16], [t.minMemoryMiB, 16], [t.maxLeases, 16], [t.tip, 32]);

export const scopeOf = (t: Terms) => ({ classKey: t.classKey, work: t.work, devices: t.devices });

export const scopeHash = (t: Terms): Hex =>
  keccak256(encodeAbiParameters([{ type: "uint32" }, { type: "bytes32" }, { type: "uint32[]" }], [t.classKey, t.work, t.devices]));

export const packedTerms = (t: Terms) => ({ cost: costOf(t), rules: rulesOf(t), scope: scopeHash(t) });

export const packedLease = (l: Lease): bigint => pack([l.device, 24], [l.first, 32], [l.count, 32], [l.unitPrice, 64], [l.attempt, 16]);

export const packedWork = (w: Work) => ({
  module: w.module, program: w.program, manifest: w.manifest, limits: pack([w.moduleLength, 32], [w.memoryPages, 32], [w.outputLimit, 32], [w.inputKind ?? 0, 8]) });

export const workHash = (w: Work): Hex => packedWorkHash(packedWork(w));

const packedWorkHash = ({ module, program, manifest, limits }: ReturnType<typeof packedWork>): Hex =>
  keccak256(encodeAbiParameters([{ type: "bytes32" }, { type: "bytes32" }, { type: "bytes32" }, { type: "uint256" }], [module, program, manifest, limits]));

export const unpackLease = (offer: Hex, word: bigint): Lease => ({
  offer, device: Number(word & 0xffffffn), first: Number((word >> 24n) & 0xffffffffn), count: Number((word >> 56n) & 0xffffffffn),
  unitPrice: (word >> 88n) & 0xffffffffffffffffn, attempt: Number((word >> 152n) & 0xffffn) });

/** The terms in the words of an OfferPosted event. */
export function unpackTerms(event: { cost: bigint; rules: bigint; work: { module: Hex; program: Hex; manifest: Hex; limits: bigint }; classKey: number; devices: number[] }): Terms {
  const cost = (at: number, width: number) => Number((event.cost >> BigInt(at)) & ((1n << BigInt(width)) - 1n));
  const rules = (at: number, width: number) => Number((event.rules >> BigInt(at)) & ((1n << BigInt(width)) - 1n));
  return {
    consumer: `0x${(event.cost & ((1n << 160n) - 1n)).toString(16).padStart(40, "0")}`, total: cost(160, 32), mfuel: cost(192, 32), maxTick: cost(224, 11), rounds: cost(235, 5),
    bondBps: cost(240, 16), nonce: event.rules & ((1n << 64n) - 1n), deadline: rules(64, 40), leaseSeconds: rules(104, 32), windowSeconds: rules(136, 32),
    verdict: rules(168, 8), minScore: rules(176, 16), minMemoryMiB: rules(192, 16), maxLeases: rules(208, 16), tip: rules(224, 32),
    classKey: event.classKey, work: packedWorkHash(event.work), devices: [...event.devices] };
}

/** The arguments of a call as the contract takes them: terms, leases and work become words wherever they stand. */
export function packed(functionName: string, args: unknown[]): unknown[] {
  const terms = args[0] as Terms;
  if (functionName === "postOffer" || functionName === "postAndMatch") {
    return [costOf(terms), rulesOf(terms), packedWork(args[1] as Work), terms.classKey, terms.devices];
  }
  if (functionName === "matchOffer" || functionName === "quote") return [packedTerms(terms), args[1] ?? scopeOf(terms)];
  if (functionName === "leaseKeyOf") return [(args[0] as Lease).offer, packedLease(args[0] as Lease)];
  return args.map(inner);
}

function inner(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inner);
  if (value === null || typeof value !== "object") return value;
  if ("maxTick" in value) return packedTerms(value as Terms);
  if ("unitPrice" in value) return packedLease(value as Lease);
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, inner(part)]));
}

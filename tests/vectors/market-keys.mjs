// Writes market-keys.json with viem, so that C# and Solidity are both checked against a third encoder.
// Run after `npm ci` in contracts/: node tests/vectors/market-keys.mjs
import { createRequire } from "node:module";
import { writeFileSync } from "node:fs";
const require = createRequire(new URL("../../contracts/package.json", import.meta.url));
const { encodeAbiParameters, keccak256, parseAbiParameters } = require("viem");

const WORK = parseAbiParameters("bytes32 module, bytes32 program, bytes32 manifest, uint256 limits");
const SCOPE = parseAbiParameters("uint32 classKey, bytes32 work, uint32[] devices");
const OFFER = parseAbiParameters("uint256 chainId, address market, uint256 cost, uint256 rules, bytes32 scope");
const LEASE = parseAbiParameters("bytes32 offer, uint256 lease");

// Fields from the lowest bit: value, width.
const pack = (...fields) => {
  let [word, at] = [0n, 0n];
  for (const [value, width] of fields) {
    word |= BigInt(value) << at;
    at += BigInt(width);
  }
  return word;
};
const fill = (byte) => "0x" + byte.repeat(32);

const offers = [
  { chainId: "31907", market: "0x5FbDB2315678afecb367f032d93F642f64180aa3",
    work: { module: fill("a1"), moduleLength: 847, program: fill("c3"), manifest: fill("b2"), memoryPages: 4096, outputLimit: 16777216, inputKind: 0 },
    terms: { consumer: "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266", nonce: "1", classKey: 16777216, total: 64, mfuel: 20000, maxTick: 700,
      leaseSeconds: 60, windowSeconds: 10, deadline: "1798761600", verdict: 2, bondBps: 20000, minScore: 10, minMemoryMiB: 256, maxLeases: 8, tip: 1000, devices: [] } },
  { chainId: "11155111", market: "0xe7f1725E7734CE288F8367e1Bb143E90bb3F0512",
    work: { module: fill("01"), moduleLength: 4294967295, program: fill("03"), manifest: fill("02"), memoryPages: 65536, outputLimit: 4294967295, inputKind: 255 },
    terms: { consumer: "0x70997970C51812dc3A010C7d01b50e0d17dc79C8", nonce: "18446744073709551615", classKey: 4294967295, total: 4294967295,
      mfuel: 4294967295, maxTick: 2047, leaseSeconds: 4294967295, windowSeconds: 4294967295, deadline: "1099511627775", verdict: 1,
      bondBps: 65535, minScore: 65535,
      minMemoryMiB: 65535, maxLeases: 65535, tip: 4294967295, devices: [1, 7, 16777215] } },
].map(({ chainId, market, work, terms: t }) => {
  const limits = pack([work.moduleLength, 32], [work.memoryPages, 32], [work.outputLimit, 32], [work.inputKind, 8]);
  const workHash = keccak256(encodeAbiParameters(WORK, [work.module, work.program, work.manifest, limits]));
  const cost = pack([t.consumer, 160], [t.total, 32], [t.mfuel, 32], [t.maxTick, 16], [t.bondBps, 16]);
  const rules = pack([t.nonce, 64], [t.deadline, 40], [t.leaseSeconds, 32], [t.windowSeconds, 32], [t.verdict, 8],
    [t.minScore, 16], [t.minMemoryMiB, 16], [t.maxLeases, 16], [t.tip, 32]);
  const scope = keccak256(encodeAbiParameters(SCOPE, [t.classKey, workHash, t.devices]));
  const offerId = keccak256(encodeAbiParameters(OFFER, [BigInt(chainId), market, cost, rules, scope]));
  return { chainId, market, work, workHash, terms: t, offerId };
});

const leases = [
  { offer: offers[0].offerId, device: 3, first: 20, count: 22, unitPrice: "86000000", attempt: 0 },
  { offer: offers[1].offerId, device: 16777215, first: 4294967295, count: 4294967295, unitPrice: "18446744073709551615", attempt: 65535 },
].map((lease) => ({ ...lease, leaseKey: keccak256(encodeAbiParameters(LEASE, [lease.offer,
  pack([lease.device, 24], [lease.first, 32], [lease.count, 32], [lease.unitPrice, 64], [lease.attempt, 16])])) }));

const price = (tick) => (32n + BigInt(tick & 31)) << BigInt(tick >> 5);
const ticks = [0, 1, 31, 32, 33, 63, 64, 700, 701, 1023, 1024, 1855, 2047].map((tick) => ({ tick, price: price(tick).toString() }));

const costs = [[0, 1, 1], [0, 1000, 1], [700, 20000, 64], [700, 20000, 1], [701, 35, 7], [1024, 4294967295, 1], [1300, 4294967295, 4294967295]]
  .map(([tick, mfuel, count]) => {
    const product = price(tick) * BigInt(mfuel) * BigInt(count);
    return { tick, mfuel, count, up: ((product + (1n << 32n) - 1n) >> 32n).toString(), down: (product >> 32n).toString() };
  });

writeFileSync(new URL("market-keys.json", import.meta.url), JSON.stringify({ offers, leases, ticks, costs }, null, 2) + "\n");

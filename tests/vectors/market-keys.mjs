// Writes market-keys.json with viem, so that C# and Solidity are both checked against a third encoder.
// Run after `npm ci` in contracts/: node tests/vectors/market-keys.mjs
import { createRequire } from "node:module";
import { writeFileSync } from "node:fs";
const require = createRequire(new URL("../../contracts/package.json", import.meta.url));
const { encodeAbiParameters, keccak256, parseAbiParameters } = require("viem");

const WORK = parseAbiParameters("(bytes32 module, uint32 moduleLength, bytes32 manifest, uint32 memoryPages, uint32 outputLimit)");
const TERMS = parseAbiParameters(
  "uint256, address, (address consumer, uint64 nonce, uint32 classKey, uint32 total, uint32 mfuel, uint16 maxTick, uint32 leaseSeconds, uint32 windowSeconds, uint40 deadline, uint8 verdict, uint16 bondBps, uint16 minScore, uint16 minMemoryMiB, uint16 maxLeases, uint32 tip, bytes32 work, uint32[] devices)");
const LEASE = parseAbiParameters("(bytes32 offer, uint32 device, uint32 first, uint32 count, uint64 unitPrice, uint16 attempt)");
const fill = (byte) => "0x" + byte.repeat(32);

const offers = [
  { chainId: "31907", market: "0x5FbDB2315678afecb367f032d93F642f64180aa3",
    work: { module: fill("a1"), moduleLength: 847, manifest: fill("b2"), memoryPages: 4096, outputLimit: 16777216 },
    terms: { consumer: "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266", nonce: "1", classKey: 16777216, total: 64, mfuel: 20000, maxTick: 700,
      leaseSeconds: 60, windowSeconds: 10, deadline: "1798761600", verdict: 2, bondBps: 20000, minScore: 10, minMemoryMiB: 256, maxLeases: 8, tip: 1000, devices: [] } },
  { chainId: "11155111", market: "0xe7f1725E7734CE288F8367e1Bb143E90bb3F0512",
    work: { module: fill("01"), moduleLength: 4294967295, manifest: fill("02"), memoryPages: 65536, outputLimit: 4294967295 },
    terms: { consumer: "0x70997970C51812dc3A010C7d01b50e0d17dc79C8", nonce: "18446744073709551615", classKey: 4294967295, total: 4294967295,
      mfuel: 4294967295, maxTick: 2047, leaseSeconds: 4294967295, windowSeconds: 4294967295, deadline: "1099511627775", verdict: 1,
      bondBps: 65535, minScore: 65535,
      minMemoryMiB: 65535, maxLeases: 65535, tip: 4294967295, devices: [1, 7, 4294967295] } },
].map(({ chainId, market, work, terms }) => {
  const workHash = keccak256(encodeAbiParameters(WORK, [work]));
  const abiTerms = { ...terms, nonce: BigInt(terms.nonce), deadline: Number(terms.deadline), work: workHash };
  return { chainId, market, work, workHash, terms, offerId: keccak256(encodeAbiParameters(TERMS, [BigInt(chainId), market, abiTerms])) };
});

const leases = [
  { offer: offers[0].offerId, device: 3, first: 20, count: 22, unitPrice: "86000000", attempt: 0 },
  { offer: offers[1].offerId, device: 4294967295, first: 4294967295, count: 4294967295, unitPrice: "18446744073709551615", attempt: 65535 },
].map((lease) => ({ ...lease, leaseKey: keccak256(encodeAbiParameters(LEASE, [{ ...lease, unitPrice: BigInt(lease.unitPrice) }])) }));

const price = (tick) => (32n + BigInt(tick & 31)) << BigInt(tick >> 5);
const ticks = [0, 1, 31, 32, 33, 63, 64, 700, 701, 1023, 1024, 1855, 2047].map((tick) => ({ tick, price: price(tick).toString() }));

const costs = [[0, 1, 1], [0, 1000, 1], [700, 20000, 64], [700, 20000, 1], [701, 35, 7], [1024, 4294967295, 1], [1300, 4294967295, 4294967295]]
  .map(([tick, mfuel, count]) => {
    const product = price(tick) * BigInt(mfuel) * BigInt(count);
    return { tick, mfuel, count, up: ((product + (1n << 32n) - 1n) >> 32n).toString(), down: (product >> 32n).toString() };
  });

writeFileSync(new URL("market-keys.json", import.meta.url), JSON.stringify({ offers, leases, ticks, costs }, null, 2) + "\n");

// Random books, and what each of their bids can take by the eligibility rules, written down a second time.
import { price } from "./prices.ts";
import { random, type Seller } from "./reference.ts";

const CRD = 1_000_000n;
export const MIN_STAKE = 100n * CRD;
export const MAX_LEASE_VALUE = 25n * CRD;

export interface Book {
  total: number; demand: number; rounds: number; maxTick: number; mfuel: number; leaseSeconds: number; bondBps: number; minScore: number; minMemoryMiB: number; maxLeases: number;
  bids: { stake: bigint; tick: number; lanes: number; taken: number; score: number; memoryMiB: number; verdictMask: number; expired: boolean }[];
}

/** Books with few and many bids, equal prices, full, expired, slow, small and poor devices, and demand on either side of supply. */
export function randomBook(seed: number): Book {
  const next = random(seed);
  const base = 700 + next(200);
  const mfuel = 200 + next(5_000);
  const demand = 1 + next([20, 200, 1_500][next(3)]);
  // A second sequence: what was given away before does not change the rest of a book that its seed names.
  const before = random(seed + 1_000_000);
  const rounds = before(3) === 0 ? 1 + before(31) : 0;
  return {
    total: demand + (before(2) === 0 ? before(40 * demand) : 0), demand, rounds, maxTick: base + 20 + next(60), mfuel, leaseSeconds: 10 + next(100),
    bondBps: [0, 5_000, 20_000][next(3)], minScore: next(3) === 0 ? 300 : 0, minMemoryMiB: next(4) === 0 ? 512 : 0,
    maxLeases: next(4) === 0 ? 1 + next(8) : 0,
    bids: Array.from({ length: next(14) }, () => {
      const lanes = 1 + next(6);
      return {
        stake: 100n * CRD + BigInt(next(5) === 0 ? next(100_000) : next(900) * 1_000_000), tick: base + next(100), lanes,
        taken: next(4) === 0 ? next(lanes + 1) : 0, score: next(8) === 0 ? next(20) : 50 + next(2_000), memoryMiB: [256, 512, 4_096][next(3)],
        verdictMask: [2, 4, 6, 6, 6][next(5)], expired: next(10) === 0 };
    }),
  };
}

/** What each bid can take: the eligibility rules, a second time. */
export function sellersOf(book: Book): Seller[] {
  const least = Math.min(book.maxLeases === 0 ? 1 : Math.ceil(book.total / book.maxLeases), book.demand);
  const part = book.rounds > 0 && book.demand * book.rounds < book.total ? Math.floor(book.total / book.rounds) : 0;
  const most = (MAX_LEASE_VALUE << 32n) / (price(book.maxTick) * BigInt(book.mfuel));
  return book.bids.map((bid, index) => {
    const lanes = Math.max(0, bid.lanes - bid.taken);
    let perLane = Math.floor((bid.score * book.leaseSeconds * 4) / (5 * book.mfuel));
    // Near the end its part of what is left, though not below a quarter nor below the least lease.
    if (part > 0 && lanes > 0) perLane = Math.min(perLane, Math.max(Math.floor((perLane * book.demand) / part), Math.ceil(perLane / 4), Math.ceil(least / lanes)));
    let capacity = BigInt(lanes * perLane);
    if (book.bondBps > 0) {
      const bonded = ((bid.stake - MIN_STAKE) * (10_000n << 32n)) / (price(book.maxTick) * BigInt(book.mfuel) * BigInt(book.bondBps));
      if (bonded < capacity) capacity = bonded;
    }
    if (most < capacity) capacity = most;
    const fit = !bid.expired && (bid.verdictMask & 4) !== 0 && bid.score >= book.minScore && bid.memoryMiB >= book.minMemoryMiB && capacity >= BigInt(least);
    return { device: index + 1, tick: bid.tick, capacity: fit ? Number(capacity) : 0 };
  });
}

// The pricing rule by its definition: a winner is paid what the rest of the market would have to be paid more for the same
// work without it. Written independently of the contract's one-pass form; every quantity is an exact integer.
import { price } from "./prices.ts";

export interface Seller { device: number; tick: number; capacity: number }
export interface Award { device: number; tick: number; count: number; unitPrice: bigint }

/** Cheapest first, earlier first among equals (the order of `sellers`). */
function allocate(sellers: Seller[], demand: number): Map<number, number> {
  const given = new Map<number, number>();
  for (const seller of [...sellers].sort((a, b) => a.tick - b.tick)) {
    const count = Math.min(seller.capacity, demand);
    if (count > 0) given.set(seller.device, count);
    demand -= count;
  }
  return given;
}

const costOf = (sellers: Seller[], given: Map<number, number>, demand: number, reserve: bigint): bigint => {
  let cost = 0n;
  let missing = demand;
  for (const seller of sellers) {
    const count = given.get(seller.device) ?? 0;
    cost += price(seller.tick) * BigInt(count);
    missing -= count;
  }
  return cost + reserve * BigInt(missing);
};

export function award(sellers: Seller[], demand: number, maxTick: number): Award[] {
  const reserve = price(maxTick);
  const eligible = sellers.filter((seller) => seller.tick <= maxTick && seller.capacity > 0);
  const given = allocate(eligible, demand);
  const total = costOf(eligible, given, demand, reserve);
  return eligible
    .filter((seller) => given.has(seller.device))
    .sort((a, b) => a.tick - b.tick)
    .map((seller) => {
      const others = eligible.filter((other) => other !== seller);
      const without = costOf(others, allocate(others, demand), demand, reserve);
      const count = given.get(seller.device)!;
      const pay = without - (total - price(seller.tick) * BigInt(count));
      return { device: seller.device, tick: seller.tick, count, unitPrice: pay / BigInt(count) };
    });
}

/** A small deterministic generator (xorshift), so that a failing case can be named by its seed. */
export function random(seed: number): (below: number) => number {
  let state = BigInt(seed) * 0x9e3779b97f4a7c15n + 1n;
  return (below) => {
    state ^= (state << 13n) & 0xffffffffffffffffn;
    state ^= state >> 7n;
    state ^= (state << 17n) & 0xffffffffffffffffn;
    return Number((state & 0xffffffffffffffffn) % BigInt(below));
  };
}

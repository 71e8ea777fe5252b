// The money rules, a second time.
export const price = (tick: number): bigint => (32n + BigInt(tick & 31)) << BigInt(tick >> 5);
export const costUp = (unit: bigint, mfuel: number, count: number): bigint => (unit * BigInt(mfuel) * BigInt(count) + (1n << 32n) - 1n) >> 32n;
export const costDown = (unit: bigint, mfuel: number, count: number): bigint => (unit * BigInt(mfuel) * BigInt(count)) >> 32n;
/** What `count` tasklets lock of a device's stake. */
export const bondUp = (terms: { maxTick: number; mfuel: number; bondBps: number }, count: number): bigint => {
  const unit = 10_000n << 32n;
  return (price(terms.maxTick) * BigInt(terms.mfuel) * BigInt(count) * BigInt(terms.bondBps) + unit - 1n) / unit;
};

// Measures what jobs cost, in gas, on a market of 22 devices without a protocol fee: `npm run gas` prints one JSON object.
// Cost is per lease, so a job's cost per tasklet is its leases' cost divided by its tasklets, however many those are.
import type { TransactionReceipt } from "viem";
import { root, setUp, type Lease, type Terms } from "../test/support/market.ts";

const m = await setUp();
const [, consumer, owner, operator, keeper] = m.wallets;
await m.fund(consumer);
for (let i = 0; i < 22; i++) {
  const device = await m.addDevice(owner, operator);
  await m.placeBid(operator, device, { tick: 860 + Math.floor(i / 3) });
}

const gas = (...receipts: TransactionReceipt[]): number => receipts.reduce((sum, receipt) => sum + Number(receipt.gasUsed), 0);
const post = async (total: number): Promise<{ terms: Terms; receipt: TransactionReceipt; leases: Lease[] }> => {
  const terms = await m.termsOf(consumer, { total });
  return { terms, ...(await m.post(consumer, terms)) };
};
const commit = (terms: Terms, lease: Lease) => m.send(operator, "commit", terms, lease, root(1));

const first = await post(1);
const standalone = gas(first.receipt, await commit(first.terms, first.leases[0]), await m.send(consumer, "accept", first.terms, first.leases));

const earlier = await post(1);
await commit(earlier.terms, earlier.leases[0]);
const later = await post(1);
await m.warpTo((await m.now()) + 31);
const both = await m.send(operator, "commitMany",
  [{ terms: later.terms, lease: later.leases[0], resultRoot: root(2) }], [{ terms: earlier.terms, lease: earlier.leases[0] }]);
const folded = gas(later.receipt, both);

// 192 tasklets fill one device.
const jobOf = async (leases: number): Promise<number> => {
  const job = await post(192 * leases);
  if (job.leases.length !== leases) throw new Error(`${job.leases.length} leases instead of ${leases}`);
  const commits: TransactionReceipt[] = [];
  for (const lease of job.leases) commits.push(await commit(job.terms, lease));
  await m.warpTo((await m.now()) + 31);
  return gas(job.receipt, ...commits, await m.send(keeper, "settle", job.terms, job.leases));
};
const [two, twenty] = [await jobOf(2), await jobOf(20)];

console.log(JSON.stringify({
  single_tasklet_standalone: standalone,
  single_tasklet_folded: folded,
  marginal_lease: Math.round((twenty - two) / 18),
  job_of_20_leases: twenty,
  per_tasklet_1m_in_20_leases: Number((twenty / 1e6).toFixed(2)),
}, null, 2));

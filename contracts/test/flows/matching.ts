import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { toHex, zeroAddress, type Hex } from "viem";
import { artifactOf } from "../../scripts/deployment.ts";
import {
  assertReverts, bondUp, CHEAP, costDown, CRD, HOUR, OPTIMISTIC, price, setUp, TRUSTED, WASM, WORK_HASH, type Market, type Terms,
} from "../support/market.ts";
import { packedTerms } from "../support/words.ts";
import { MAX_LEASE_VALUE, MIN_STAKE, randomBook, sellersOf, type Book } from "../support/books.ts";
import { award, random, type Seller } from "../support/reference.ts";

const PARAMETERS = {
  minStake: MIN_STAKE, demandDeposit: 0n, maxLeaseValue: MAX_LEASE_VALUE, unbondSeconds: 1, firmSeconds: 1, graceSeconds: 1, cooldownSeconds: 1,
  maxLeaseSeconds: 86_400, maxWindowSeconds: 86_400, maxMfuel: 1_000_000, demandSeconds: 1, summonsSeconds: 1, declineBps: 0, expireBps: 0, feeBps: 0, maxFills: 96, lookAhead: 64,
  feeRecipient: zeroAddress, verdictModule: zeroAddress,
};

const termsOfBook = (book: Book): Terms => ({
  consumer: zeroAddress, nonce: 0n, classKey: WASM, total: book.total, mfuel: book.mfuel, maxTick: book.maxTick, rounds: book.rounds, leaseSeconds: book.leaseSeconds,
  windowSeconds: 10, deadline: 2 ** 40 - 1, verdict: OPTIMISTIC, bondBps: book.bondBps, minScore: book.minScore,
  minMemoryMiB: book.minMemoryMiB, maxLeases: book.maxLeases, tip: 0, work: WORK_HASH, devices: [] });

async function harness() {
  const m = await setUp();
  const { abi, bytecode } = artifactOf("test/MatchHarness");
  const hash = await m.deployer.deployContract({ abi, bytecode, account: m.deployer.account!, chain: m.deployer.chain });
  const address = (await m.client.waitForTransactionReceipt({ hash })).contractAddress!;
  const match = async (book: Book) => {
    const { result } = (await m.client.simulateContract({
      address, abi, functionName: "run", args: [book.bids, packedTerms(termsOfBook(book)), book.total - book.demand, WASM, [], PARAMETERS], gas: 16_700_000n } as never)) as { result: any };
    return { quote: result[0], leases: result[1], tasklets: result[2], locked: result[3] as bigint[], taken: result[4] as bigint[] };
  };
  return { m, match };
}

async function seats(m: Market, bids: { tick: number; lanes?: number; stake?: bigint }[]) {
  const [, consumer, owner, operator] = m.wallets;
  await m.fund(consumer);
  const devices: number[] = [];
  for (const { tick, lanes = 4, stake } of bids) {
    const device = await m.addDevice(owner, operator, stake === undefined ? {} : { stake });
    await m.placeBid(operator, device, { tick, lanes });
    devices.push(device);
  }
  return { consumer, operator, devices };
}

describe("matching", () => {
  it("pays each winner the first part of the supply it displaced", async () => {
    const m = await setUp();
    // 48 tasklets per lane of a minute.
    const { consumer, devices } = await seats(m, [{ tick: CHEAP, lanes: 1 }, { tick: CHEAP + 10, lanes: 1 }, { tick: CHEAP + 20, lanes: 1 }]);
    const terms = await m.termsOf(consumer, { total: 60 });

    const { leases } = await m.post(consumer, terms);

    assert.deepEqual(leases.map((lease) => [lease.device, lease.first, lease.count]), [[devices[0], 0, 48], [devices[1], 48, 12]]);
    // The first displaced 36 of the second's and 12 of the third's; the second displaced 12 of the third's.
    assert.equal(leases[0].unitPrice, (36n * price(CHEAP + 10) + 12n * price(CHEAP + 20)) / 48n);
    assert.equal(leases[1].unitPrice, price(CHEAP + 20));
    await m.assertSolvent();
  });

  it("agrees with the definition on 2,000 random books, and so does the quote: the vectors that the C# matcher reads", async () => {
    const { match } = await harness();
    const { books } = JSON.parse(readFileSync(new URL("../../../tests/vectors/matching.json", import.meta.url), "utf8"));
    let several = 0;
    for (const { seed, sellers, fills } of books) {
      const book = randomBook(seed);
      const expected = award(sellersOf(book), book.demand, book.maxTick);

      const got = await match(book);

      assert.deepEqual(sellersOf(book).map((seller) => [seller.tick, seller.capacity]), sellers, `sellers of seed ${seed}`);
      assert.deepEqual(expected.map((one) => [one.device, one.count, one.unitPrice.toString()]), fills, `vector of seed ${seed}`);
      assert.deepEqual(got.quote.fills.map((fill: any) => [fill.device, fill.count, fill.unitPrice.toString()]), fills, `fills of seed ${seed}`);
      assert.equal(got.tasklets, expected.reduce((sum, one) => sum + one.count, 0), `seed ${seed}`);
      assert.deepEqual([got.quote.tasklets, got.leases], [got.tasklets, expected.length], `seed ${seed}`);
      for (const one of expected) assert.equal(got.locked[one.device - 1], bondUp(termsOfBook(book), one.count), `bond, seed ${seed}`);
      several += expected.length > 1 ? 1 : 0;
    }
    assert.ok(books.length >= 2_000 && several > 400, `only ${several} of ${books.length} books had several winners`);
  });

  it("leaves no gain in lying about price or capacity, or in splitting, on 5,000 random markets", () => {
    const profit = (awards: { device: number; count: number; unitPrice: bigint }[], devices: number[], cost: bigint) =>
      awards.filter((one) => devices.includes(one.device)).reduce((sum, one) => sum + (one.unitPrice - cost) * BigInt(one.count), 0n);
    for (let seed = 1; seed <= 5_000; seed++) {
      const next = random(seed);
      const sellers: Seller[] = Array.from({ length: 2 + next(8) }, (_, i) => ({ device: i + 1, tick: 800 + next(80), capacity: 1 + next(30) }));
      const [demand, maxTick] = [1 + next(80), 840 + next(60)];
      const me = sellers[next(sellers.length)];
      const cost = price(me.tick);
      const instead = (changed: Seller[]) => award([...sellers.filter((seller) => seller !== me), ...changed], demand, maxTick);
      const honest = profit(award(sellers, demand, maxTick), [me.device], cost);
      const part = 1 + next(Math.max(1, me.capacity - 1));
      const lies: [string, bigint][] = [
        ["other price", profit(instead([{ ...me, tick: 780 + next(120) }]), [me.device], cost)],
        ["withheld capacity", profit(instead([{ ...me, capacity: part }]), [me.device], cost)],
        ["split", profit(instead([{ ...me, capacity: part }, { device: 99, tick: 780 + next(120), capacity: me.capacity - part }]), [me.device, 99], cost)],
      ];

      // Prices are rounded down per tasklet, so a lie may move a payment by less than one unit per tasklet (2^-32 base units).
      for (const [lie, gain] of lies) assert.ok(gain - honest <= BigInt(me.capacity), `${lie} gains ${gain - honest} at seed ${seed}`);
      assert.ok(honest >= 0n);
    }
  });

  it("leaves no such gain in the contract either, on 300 random markets", async () => {
    const { match } = await harness();
    for (let seed = 1; seed <= 300; seed++) {
      const next = random(seed + 50_000);
      const sellers = Array.from({ length: 2 + next(5) }, () => ({ tick: 800 + next(80), capacity: 1 + next(30) }));
      const [demand, maxTick] = [1 + next(60), 840 + next(60)];
      // One lane of a device with this score ends as many tasklets of 8 Mfuel in four fifths of 10 s.
      const bidOf = ({ tick, capacity }: { tick: number; capacity: number }) => ({
        stake: 1_000n * CRD, tick, lanes: 1, taken: 0, score: capacity, memoryMiB: 512, verdictMask: 4, expired: false });
      const profit = async (own: { tick: number; capacity: number }[]): Promise<bigint> => {
        const bids = [...sellers.slice(1), ...own].filter((one) => one.capacity > 0).map(bidOf);
        const { quote } = await match({ total: demand, demand, rounds: 0, maxTick, mfuel: 8, leaseSeconds: 10, bondBps: 0, minScore: 0, minMemoryMiB: 0, maxLeases: 0, bids });
        const mine = quote.fills.filter((fill: any) => fill.device >= sellers.length);
        return mine.reduce((sum: bigint, fill: any) => sum + (fill.unitPrice - price(sellers[0].tick)) * BigInt(fill.count), 0n);
      };
      const { tick, capacity } = sellers[0];
      const part = 1 + next(Math.max(1, capacity - 1));

      const honest = await profit([sellers[0]]);

      assert.ok(honest >= 0n);
      for (const lie of [[{ tick: 780 + next(120), capacity }], [{ tick, capacity: part }], [{ tick, capacity: part }, { tick: 780 + next(120), capacity: capacity - part }]]) {
        const gain = (await profit(lie)) - honest;
        assert.ok(gain <= BigInt(capacity), `seed ${seed}: ${JSON.stringify(lie)} gains ${gain}`);
      }
    }
  });

  it("counts why devices are left out", async () => {
    const m = await setUp();
    const [, , owner, operator, , other] = m.wallets;
    const { consumer } = await seats(m, [
      { tick: CHEAP, lanes: 1 }, // fits
      { tick: CHEAP, stake: 100n * CRD }, // no stake to spare
      { tick: CHEAP + 65 }, // above the reserve
    ]);
    const slow = await m.addDevice(owner, operator, { score: 1 });
    await m.placeBid(operator, slow);
    const small = await m.addDevice(owner, operator, { memoryMiB: 64 });
    await m.placeBid(operator, small);
    const trusting = await m.addDevice(owner, operator);
    await m.placeBid(operator, trusting, { mask: 1 << TRUSTED });
    const brief = await m.addDevice(owner, operator);
    await m.placeBid(operator, brief, { life: 120 });
    const away = await m.addDevice(owner, operator);
    const retired = await m.addDevice(owner, operator);
    await m.send(owner, "retire", retired);
    await m.warpTo((await m.now()) + 200);

    const terms = await m.termsOf(consumer, { total: 300, minScore: 10, minMemoryMiB: 128 });
    const quote = await m.read<any>("quote", terms);
    assert.deepEqual(quote.excluded, [0, 1, 0, 1, 1, 1, 1, 0, 1, 0, 0]);
    assert.equal(quote.tasklets, 48);
    assert.equal(quote.marginalTick, CHEAP);
    assert.equal(quote.pay, costDown(price(terms.maxTick), 1000, 48));
    assert.equal(quote.escrow, await m.read("escrowOf", terms));

    const named = await m.read<any>("quote", { ...terms, devices: [1, away, retired] });
    assert.deepEqual(named.excluded, [0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1]);
    const fewer = await m.read<any>("quote", { ...terms, maxLeases: 2 });
    assert.deepEqual([fewer.tasklets, fewer.excluded[7]], [0, 1]);
    assert.ok(other);
  });

  it("sweeps full and expired bids out of the book once", async () => {
    const m = await setUp();
    const { consumer, operator, devices: [full, brief] } = await seats(m, [{ tick: CHEAP, lanes: 1 }]);
    assert.equal(brief, undefined);
    const terms = await m.termsOf(consumer, { total: 48 });
    const { leases } = await m.post(consumer, terms);
    assert.equal((await m.read<any>("bid", full)).linked, true);
    const [, , owner] = m.wallets;
    const short = await m.addDevice(owner, operator);
    await m.placeBid(operator, short, { life: 120, tick: CHEAP + 1 });
    const last = await m.addDevice(owner, operator);
    await m.placeBid(operator, last, { tick: CHEAP + 2 });
    await m.warpTo((await m.now()) + 40);
    await m.rpc("evm_increaseTime", [20]);
    await m.send(operator, "commit", terms, leases[0], `0x${"11".repeat(32)}`);
    const again = await m.termsOf(consumer, { total: 48 });
    const second = await m.post(consumer, again); // takes the first device again
    await m.warpTo((await m.now()) + 130);

    const third = await m.post(consumer, await m.termsOf(consumer, { total: 1 }));

    assert.deepEqual(m.events(third.receipt, "BidRemoved").map((event) => [event.args.device, event.args.reason]), [[short, 3]]);
    assert.equal((await m.read<any>("bid", full)).linked, false);
    assert.deepEqual((await m.read<any[]>("bids", WASM, 0, 9)).map((bid) => bid.device), [last]);
    await m.send(operator, "decline", again, second.leases[0], 5).catch(() => undefined);
    await m.assertSolvent();
  });

  it("links a device again when its lanes come free", async () => {
    const m = await setUp();
    const { consumer, operator, devices: [a, b] } = await seats(m, [{ tick: CHEAP, lanes: 1 }, { tick: CHEAP + 1, lanes: 2 }]);
    const terms = await m.termsOf(consumer, { total: 48 });
    const { leases } = await m.post(consumer, terms);
    await m.post(consumer, await m.termsOf(consumer, { total: 1 })); // passes the full device
    assert.equal((await m.read<any>("bid", a)).linked, false);

    await m.send(operator, "commit", terms, leases[0], `0x${"11".repeat(32)}`);

    assert.equal((await m.read<any>("bid", a)).linked, true);
    assert.deepEqual((await m.read<any[]>("bids", WASM, 0, 9)).map((bid) => bid.device), [a, b]);
  });

  it("leases to named devices only, cheapest first", async () => {
    const m = await setUp();
    const { consumer, devices: [a, b, c] } = await seats(m, [{ tick: CHEAP + 5, lanes: 1 }, { tick: CHEAP }, { tick: CHEAP + 2, lanes: 1 }]);

    const { leases } = await m.post(consumer, await m.termsOf(consumer, { total: 60, devices: [a, c] }));

    assert.deepEqual(leases.map((lease) => [lease.device, lease.count]), [[c, 48], [a, 12]]);
    assert.ok(b);
  });

  it("never leases more to a device than its free stake backs and one lie may gain", async () => {
    const m = await setUp();
    const { consumer, devices: [a] } = await seats(m, [{ tick: CHEAP, stake: 100n * CRD + 30_000n, lanes: 4 }]);
    const terms = await m.termsOf(consumer, { total: 100 });
    const { leases } = await m.post(consumer, terms);
    const { stake, locked } = await m.read<any>("device", a);
    assert.ok(locked <= stake - 100n * CRD);
    assert.ok(bondUp(terms, leases[0].count + 1) > 30_000n);

    const rich = await m.addDevice(m.wallets[2], m.wallets[3], { score: 60_000 });
    await m.placeBid(m.wallets[3], rich, { tick: CHEAP });
    const large = await m.termsOf(consumer, { total: 4_000, mfuel: 10_000, maxTick: CHEAP + 32, bondBps: 0, leaseSeconds: 10_000, maxLeases: 4 });
    const { leases: capped } = await m.post(consumer, large);
    const most = (25n * CRD << 32n) / (price(large.maxTick) * 10_000n);
    assert.equal(BigInt(capped[0].count), most);
    await m.assertSolvent();
  });

  it("makes at most maxFills leases in one call, and goes on in the next", async () => {
    const m = await setUp({ profile: { maxFills: 2 } });
    const { consumer } = await seats(m, [{ tick: CHEAP, lanes: 1 }, { tick: CHEAP + 1, lanes: 1 }, { tick: CHEAP + 2, lanes: 1 }]);
    const terms = await m.termsOf(consumer, { total: 140 });

    const first = await m.post(consumer, terms);
    const second = await m.matchOffer(m.wallets[4], terms);

    assert.deepEqual(first.leases.map((lease) => lease.count), [48, 48]);
    assert.deepEqual(second.leases.map((lease) => [lease.first, lease.count]), [[96, 44]]);
    assert.equal(first.leases[0].unitPrice, price(CHEAP + 2));
    await assertReverts(m.matchOffer(m.wallets[4], terms), "OfferNoMatch");
    await m.assertSolvent();
  });

  it("goes on at the last price seen where the look ahead ends", async () => {
    const m = await setUp({ profile: { lookAhead: 1 } });
    const { consumer } = await seats(m, [{ tick: CHEAP, lanes: 2 }, { tick: CHEAP + 3, lanes: 1 }, { tick: CHEAP + 30, lanes: 1 }]);

    const { leases } = await m.post(consumer, await m.termsOf(consumer, { total: 90 }));

    assert.deepEqual(leases.map((lease) => [lease.count, lease.unitPrice]), [[90, price(CHEAP + 3)]]);
  });

  it("gives away less at a time once less than a round is left, down to a quarter, and never less than the least lease", async () => {
    const given = async (changes: Partial<Terms>): Promise<number[]> => {
      const m = await setUp();
      const { consumer, operator } = await seats(m, [{ tick: CHEAP, lanes: 1 }]);
      const terms = await m.termsOf(consumer, { total: 200, deadline: (await m.now()) + HOUR, ...changes });
      const counts: number[] = [];
      for (let { leases } = await m.post(consumer, terms); ; ({ leases } = await m.matchOffer(m.wallets[4], terms))) {
        counts.push(...leases.map((lease) => lease.count));
        for (const lease of leases) await m.send(operator, "commit", terms, lease, `0x${"22".repeat(32)}` as Hex);
        if (counts.reduce((sum, count) => sum + count, 0) === terms.total) return counts;
      }
    };

    // 48 tasklets per lane of a minute. Half of the offer is 100: of 56 that wait 48 * 56 / 100, of 30 48 * 30 / 100, of 16 a quarter.
    assert.deepEqual(await given({ rounds: 0 }), [48, 48, 48, 48, 8]);
    assert.deepEqual(await given({ rounds: 2 }), [48, 48, 48, 26, 14, 12, 4]);
    assert.deepEqual(await given({ rounds: 2, maxLeases: 9 }), [48, 48, 48, 26, 23, 7]);
    assert.deepEqual(await given({ rounds: 31 }), [48, 48, 48, 48, 8]);
  });

  it("shares a freed range among the lanes that are free", async () => {
    const m = await setUp();
    const { consumer, operator, devices } = await seats(m, [{ tick: CHEAP, lanes: 1 }, { tick: CHEAP + 1, lanes: 2 }, { tick: CHEAP + 2, lanes: 1 }]);
    const terms = await m.termsOf(consumer, { total: 192, rounds: 1, deadline: (await m.now()) + HOUR });
    const { leases } = await m.post(consumer, terms);
    assert.deepEqual(leases.map((lease) => lease.count), [48, 96, 48]);
    await m.send(operator, "commit", terms, leases[1], `0x${"22".repeat(32)}` as Hex);
    await m.send(operator, "commit", terms, leases[2], `0x${"22".repeat(32)}` as Hex);
    await m.send(operator, "decline", terms, leases[0], 5);

    const again = await m.matchOffer(m.wallets[4], terms);

    assert.deepEqual(again.leases.map((lease) => [lease.device, lease.first, lease.count]), [[devices[1], 0, 24], [devices[2], 24, 12]]);
    assert.equal((await m.read<any>("bid", devices[1])).freeLanes, 0);
    await m.assertSolvent();
  });

  it("cuts several freed ranges and the rest among the winners of one round", async () => {
    const m = await setUp();
    const { consumer, operator, devices } = await seats(m, [{ tick: CHEAP, lanes: 1 }, { tick: CHEAP + 1, lanes: 1 }]);
    const terms = await m.termsOf(consumer, { total: 200, deadline: (await m.now()) + HOUR });
    const { id, leases } = await m.post(consumer, terms);
    for (const lease of leases) await m.send(operator, "decline", terms, lease, 5);
    assert.equal((await m.read<any>("offer", id)).freedRanges, 2);
    await m.coolDown();
    await m.placeBid(operator, devices[0], { lanes: 3 });
    await m.placeBid(operator, devices[1], { lanes: 1, tick: CHEAP + 1 });

    const again = await m.matchOffer(m.wallets[4], terms);

    assert.deepEqual(again.leases.map((lease) => [lease.device, lease.first, lease.count, lease.attempt]), [
      [devices[0], 48, 48, 1], [devices[0], 0, 48, 1], [devices[0], 96, 48, 0], [devices[1], 144, 48, 0]]);
    const { freedRanges, next, outstanding } = await m.read<any>("offer", id);
    assert.deepEqual([freedRanges, next, outstanding], [0, 192, 192]);
    assert.equal((await m.read<any>("bid", devices[0])).freeLanes, 0);
    for (const lease of again.leases) await m.send(operator, "commit", terms, lease, `0x${"22".repeat(32)}` as Hex);
    assert.equal((await m.read<any>("bid", devices[0])).freeLanes, 3);
    await m.send(consumer, "accept", terms, again.leases);
    await m.assertSolvent();
    assert.equal(toHex(1), "0x1");
  });
});

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { toHex, zeroHash } from "viem";
import { assertReverts, CHEAP, costUp, CRD, HOUR, OPTIMISTIC, price, root, setUp, TRUSTED, WORK, type Terms } from "../support/market.ts";
import { scopeOf, workHash } from "../support/words.ts";

async function scene(options = {}) {
  const m = await setUp(options);
  const [, consumer, owner, operator, keeper] = m.wallets;
  await m.fund(consumer);
  const device = await m.addDevice(owner, operator);
  return { m, consumer, owner, operator, keeper, device };
}

describe("offers", () => {
  it("escrow their cost at the reserve, the fee on it and tips", async () => {
    const { m, consumer } = await scene({ profile: { feeBps: 250 } });
    const terms = await m.termsOf(consumer, { total: 7, mfuel: 12_345, maxLeases: 3, tip: 1_000 });

    const { id, receipt } = await m.post(consumer, terms, "postOffer");

    const cost = costUp(price(terms.maxTick), 12_345, 7);
    const escrow = cost + (cost * 250n + 9_999n) / 10_000n + 6_000n;
    assert.equal(await m.read("escrowOf", terms), escrow);
    assert.equal(m.events(receipt, "OfferPosted")[0].args.escrow, escrow);
    assert.deepEqual({ ...(await m.read<any>("offer", id)) },
      { exists: true, cancelled: false, escrow, next: 0, settled: 0, outstanding: 0, freedRanges: 0, tips: 0 });
    assert.equal(await m.read("balanceOf", consumer.account!.address), 10_000n * CRD - escrow);
    await m.assertSolvent();
  });

  it("are named by their content, chain and market", async () => {
    const { m, consumer } = await scene();
    const terms = await m.termsOf(consumer);
    const ids = new Set(await Promise.all([terms, { ...terms, nonce: 1n }, { ...terms, total: 9 }, { ...terms, devices: [1] }].map((t) => m.read<string>("offerIdOf", t))));

    assert.equal(ids.size, 4);
  });

  it("use up their nonce and all below it", async () => {
    const { m, consumer } = await scene();
    const terms = await m.termsOf(consumer, { nonce: 5n });
    await m.post(consumer, terms, "postOffer");

    assert.equal(await m.read("nonceOf", consumer.account!.address), 6n);
    assert.deepEqual(await assertReverts(m.post(consumer, terms, "postOffer"), "OfferNonce"), [5n, 6n]);
    await assertReverts(m.post(consumer, { ...terms, nonce: 3n }, "postOffer"), "OfferNonce");
    await assertReverts(m.post(consumer, { ...terms, nonce: (1n << 64n) - 1n }, "postOffer"), "OfferNonce");
    await m.post(consumer, { ...terms, nonce: 6n }, "postOffer");
  });

  it("are refused when their terms are unsound", async () => {
    const { m, consumer, keeper } = await scene();
    const terms = await m.termsOf(consumer);
    const refuse = (changes: Partial<Terms>, error: string) => assertReverts(m.post(consumer, { ...terms, ...changes }, "postOffer"), error);

    await assertReverts(m.post(keeper, terms, "postOffer"), "OfferNotConsumer");
    await refuse({ total: 0 }, "OfferEmpty");
    await refuse({ mfuel: 0 }, "OfferEmpty");
    await refuse({ maxTick: 1888 }, "OfferTickTooHigh");
    await refuse({ deadline: (await m.now()) - 1 }, "OfferDeadline");
    await refuse({ leaseSeconds: 0 }, "OfferLeaseSeconds");
    await refuse({ leaseSeconds: 86_401 }, "OfferLeaseSeconds");
    await refuse({ verdict: 0 }, "OfferVerdict");
    await refuse({ windowSeconds: 0 }, "OfferWindow");
    await refuse({ windowSeconds: 86_401 }, "OfferWindow");
    await refuse({ verdict: TRUSTED, devices: [1] }, "OfferWindow");
    await refuse({ verdict: TRUSTED, windowSeconds: 0 }, "OfferDevices");
    await refuse({ devices: Array.from({ length: 17 }, (_, i) => i + 1) }, "OfferDevices");
    await refuse({ devices: [2, 1] }, "OfferDevicesUnsorted");
    await refuse({ devices: [2, 2] }, "OfferDevicesUnsorted");
    await refuse({ devices: [0] }, "OfferDevicesUnsorted");
    await refuse({ tip: 1 }, "OfferTip");
    await refuse({ maxTick: 1887 }, "OfferTaskletValue");
    await refuse({ maxTick: 0, mfuel: m.profile.maxMfuel + 1 }, "OfferFuel");
    const optimistic = await m.termsOf(consumer);
    const nothing = { ...WORK, program: zeroHash };
    await assertReverts(m.send(consumer, "postOffer", { ...optimistic, work: workHash(nothing) }, nothing), "OfferProgram");
    await refuse({ maxTick: 1887, verdict: TRUSTED, windowSeconds: 0, devices: [1], total: 4_294_967_295, mfuel: 4_294_967_295 }, "OfferTooLarge");
    await refuse({ total: 1_000_000_000 }, "AccountInsufficient");
  });

  it("are matched for the work, class and devices that were posted, and for no others", async () => {
    const { m, consumer, keeper, operator, device } = await scene();
    const terms = await m.termsOf(consumer);
    await m.post(consumer, terms, "postOffer");
    await m.placeBid(operator, device);

    for (const change of [{ classKey: terms.classKey + 1 }, { work: toHex(1, { size: 32 }) }, { devices: [device] }]) {
      const other = { ...scopeOf(terms), ...change };
      await assertReverts(m.send(keeper, "matchOffer", terms, other), "OfferScope");
      await assertReverts(m.read("quote", terms, other), "OfferScope");
    }
    await m.matchOffer(keeper, terms);
  });

  it("that find nobody stay open until somebody bids", async () => {
    const { m, consumer, operator, keeper, device } = await scene();
    const terms = await m.termsOf(consumer);
    const { id, leases } = await m.post(consumer, terms);
    assert.equal(leases.length, 0);
    await assertReverts(m.send(keeper, "matchOffer", terms), "OfferNoMatch");

    await m.placeBid(operator, device);
    const matched = await m.matchOffer(keeper, terms);

    assert.equal(matched.leases[0].count, 8);
    assert.equal((await m.read<any>("offer", id)).outstanding, 8);
    await assertReverts(m.send(keeper, "matchOffer", { ...terms, total: 9 }), "OfferUnknown");
    await m.assertSolvent();
  });

  it("refund what is unleased when cancelled, and the rest at the end", async () => {
    const { m, consumer, operator, keeper, device } = await scene();
    await m.placeBid(operator, device, { lanes: 1 });
    // One lane of 1,000 Mfuel/s for 60 s at four fifths does 48 tasklets of 1,000 Mfuel.
    const terms = await m.termsOf(consumer, { total: 100 });
    const { id, leases } = await m.post(consumer, terms);
    assert.equal(leases[0].count, 48);

    await assertReverts(m.send(keeper, "cancelOffer", terms), "OfferNotConsumer");
    const receipt = await m.send(consumer, "cancelOffer", terms);

    const unit = price(terms.maxTick);
    assert.equal(m.events(receipt, "OfferCancelled")[0].args.refund, costUp(unit, 1000, 100) - costUp(unit, 1000, 48));
    await assertReverts(m.send(consumer, "cancelOffer", terms), "OfferCancelledAlready");
    await assertReverts(m.send(keeper, "matchOffer", terms), "OfferNoMatch");
    await assertReverts(m.send(keeper, "closeOffer", terms), "OfferStillOpen");
    await m.assertSolvent();
    await m.send(operator, "commit", terms, leases[0], root(1));
    await m.send(consumer, "accept", terms, leases);
    assert.equal((await m.read<any>("offer", id)).exists, false);
    await assertReverts(m.send(consumer, "cancelOffer", terms), "OfferUnknown");
    await m.assertSolvent();
  });

  it("without leases close at once when cancelled", async () => {
    const { m, consumer } = await scene();
    const terms = await m.termsOf(consumer);
    await m.post(consumer, terms, "postOffer");

    const receipt = await m.send(consumer, "cancelOffer", terms);

    assert.deepEqual(m.events(receipt).map((event) => event.name), ["OfferCancelled", "OfferClosed"]);
    assert.equal(await m.read("balanceOf", consumer.account!.address), 10_000n * CRD);
  });

  it("are closed by anyone after the deadline, and leased no more", async () => {
    const { m, consumer, operator, keeper, device } = await scene();
    const terms = await m.termsOf(consumer, { deadline: (await m.now()) + 100 });
    await m.post(consumer, terms, "postOffer");
    await m.placeBid(operator, device);
    await assertReverts(m.send(keeper, "closeOffer", terms), "OfferStillOpen");
    await m.warpTo((await m.now()) + 101);

    await assertReverts(m.send(keeper, "matchOffer", terms), "OfferNoMatch");
    await m.send(keeper, "closeOffer", terms);

    assert.equal(await m.read("balanceOf", consumer.account!.address), 10_000n * CRD);
    await assertReverts(m.send(keeper, "closeOffer", terms), "OfferUnknown");
  });

  it("tip whoever matches, settles and expires, but not who gains by it anyway", async () => {
    const { m, consumer, owner, operator, keeper, device } = await scene();
    const balance = async (wallet = keeper) => m.read<bigint>("balanceOf", wallet.account!.address);
    const terms = await m.termsOf(consumer, { maxLeases: 2, tip: 500, deadline: (await m.now()) + HOUR });
    await m.post(consumer, terms, "postOffer");
    await m.placeBid(operator, device);

    const { leases } = await m.matchOffer(keeper, terms);
    assert.equal(await balance(), 500n);
    await m.send(operator, "commit", terms, leases[0], root(1));
    await m.warpTo((await m.now()) + 31);
    await m.send(keeper, "settle", terms, leases);
    assert.equal(await balance(), 1_000n);

    const again = await m.termsOf(consumer, { maxLeases: 2, tip: 500 });
    const second = await m.post(consumer, again);
    await m.warpTo((await m.now()) + 66);
    await m.send(keeper, "expire", again, second.leases[0]);
    assert.equal(await balance(), 1_500n);
    await m.coolDown();
    await m.placeBid(operator, device);
    const before = await balance(operator);
    const third = await m.matchOffer(operator, again);
    await m.send(operator, "commit", again, third.leases[0], root(1));
    await m.warpTo((await m.now()) + 31);
    await m.send(operator, "settle", again, third.leases);
    assert.equal((await balance(operator)) - before, 500n); // for the match; settling its own lease earns nothing
    await m.assertSolvent();
    assert.ok((await balance(owner)) > 0n);
    assert.equal(terms.verdict, OPTIMISTIC);
    assert.ok(CHEAP > 0);
  });
});

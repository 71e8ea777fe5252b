import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Hex, WalletClient } from "viem";
import {
  assertReverts, bondUp, CHEAP, costDown, CRD, HOUR, price, root, setUp, State, TRUSTED, type Lease, type Market, type Terms,
} from "../support/market.ts";

async function scene({ total = 8, ...changes }: Partial<Terms> = {}, options = {}) {
  const m = await setUp(options);
  const [, consumer, owner, operator, keeper, owner2, operator2] = m.wallets;
  await m.fund(consumer);
  const device = await m.addDevice(owner, operator);
  await m.placeBid(operator, device);
  const terms = await m.termsOf(consumer, { total, ...changes });
  const { id, leases } = await m.post(consumer, terms);
  return { m, consumer, owner, operator, keeper, owner2, operator2, device, terms, id, leases, lease: leases[0] };
}

const stakeOf = async (m: Market, device: number) => (await m.read<any>("device", device)).stake as bigint;
const lockedOf = async (m: Market, device: number) => (await m.read<any>("device", device)).locked as bigint;
const balanceOf = (m: Market, wallet: WalletClient) => m.read<bigint>("balanceOf", wallet.account!.address);

describe("a lease", () => {
  it("locks the bond and the lanes, and frees the lanes at commit and the bond at settlement", async () => {
    const { m, operator, keeper, device, terms, lease, leases } = await scene({ total: 100 });
    const bond = bondUp(terms, 100);
    assert.equal(await lockedOf(m, device), bond);
    assert.equal((await m.read<any>("bid", device)).freeLanes, 1); // 48 tasklets per lane
    assert.deepEqual({ ...(await m.statusOf(lease)), time: 0 }, { state: State.Leased, time: 0, late: 0, demanded: false, resultRoot: `0x${"0".repeat(64)}` });

    await m.send(operator, "commit", terms, lease, root(1));
    assert.equal((await m.read<any>("bid", device)).freeLanes, 4);
    assert.equal(await lockedOf(m, device), bond);
    const status = await m.statusOf(lease);
    assert.equal(status.state, State.Committed);
    assert.equal(status.resultRoot, `${root(1).slice(0, 52)}${"0".repeat(14)}`);
    await assertReverts(m.send(keeper, "settle", terms, leases), "LeaseWindowOpen");
    await m.warpTo((await m.now()) + 30);
    await m.send(keeper, "settle", terms, leases);

    assert.equal(await lockedOf(m, device), 0n);
    assert.equal(await stakeOf(m, device), 1_000n * CRD + costDown(price(terms.maxTick), 1000, 100));
    assert.equal((await m.statusOf(lease)).state, State.None);
    await m.assertSolvent();
  });

  it("pays only once", async () => {
    const { m, consumer, operator, keeper, terms, lease, leases } = await scene();
    await m.send(operator, "commit", terms, lease, root(1));

    await assertReverts(m.send(consumer, "accept", terms, [lease, lease]), "LeaseUnknown");
    await m.send(consumer, "accept", terms, leases);

    await assertReverts(m.send(consumer, "accept", terms, leases), "LeaseUnknown");
    await assertReverts(m.send(keeper, "settle", terms, leases), "LeaseUnknown");
    await assertReverts(m.send(operator, "commit", terms, lease, root(1)), "LeaseUnknown");
    await m.assertSolvent();
  });

  it("is committed by its operator, once, in time, with a root, under its own offer", async () => {
    const { m, consumer, owner, operator, keeper, terms, lease } = await scene();

    await assertReverts(m.send(owner, "commit", terms, lease, root(1)), "DeviceNotOperator");
    await assertReverts(m.send(operator, "commit", terms, lease, root(0).replace(/[0-9a-f]/g, "0")), "LeaseZeroRoot");
    await assertReverts(m.send(operator, "commit", { ...terms, total: 9 }, lease, root(1)), "LeaseUnknown");
    for (const forged of [{ device: 2 }, { first: 1 }, { count: 9 }, { unitPrice: lease.unitPrice + 1n }, { attempt: 1 }]) {
      await assertReverts(m.send(operator, "commit", terms, { ...lease, ...forged }, root(1)), "LeaseUnknown");
    }
    await m.send(operator, "commit", terms, lease, root(1));
    await assertReverts(m.send(operator, "commit", terms, lease, root(2)), "LeaseWrongState");
    await assertReverts(m.send(keeper, "accept", terms, [lease]), "OfferNotConsumer");
    await assertReverts(m.send(consumer, "accept", terms, []), "LeaseNone");
    await assertReverts(m.send(keeper, "settle", terms, []), "LeaseNone");
  });

  it("is not settled before it is committed", async () => {
    const { m, consumer, keeper, terms, leases } = await scene();

    await assertReverts(m.send(consumer, "accept", terms, leases), "LeaseWrongState");
    await assertReverts(m.send(keeper, "settle", terms, leases), "LeaseWrongState");
  });

  it("loses pay linearly in the time of grace, and the due second itself is in time", async () => {
    for (const [seconds, lost] of [[60, 0n], [61, 51n], [63, 153n], [65, 255n]] as const) {
      const { m, consumer, operator, device, terms, lease, leases } = await scene();
      const due = (await m.statusOf(lease)).time;
      await m.rpc("evm_setNextBlockTimestamp", [due - 60 + seconds]);

      await m.send(operator, "commit", terms, lease, root(1));
      await m.send(consumer, "accept", terms, leases);

      const full = costDown(price(terms.maxTick), 1000, 8);
      assert.equal(await stakeOf(m, device), 1_000n * CRD + (full * (255n - lost)) / 255n, `${seconds} s`);
      await m.assertSolvent();
    }
  });

  it("that is too late can only expire: a penalty, a pause, and the range is leased again", async () => {
    const { m, consumer, operator, keeper, owner2, operator2, device, terms, id, lease } = await scene();
    const second = await m.addDevice(owner2, operator2);
    await m.placeBid(operator2, second, { tick: CHEAP + 10 });
    const due = (await m.statusOf(lease)).time;
    await m.warpTo(due + 5);
    await assertReverts(m.send(keeper, "expire", terms, lease), "LeaseNotExpired");
    await m.warpTo(due + 6);
    await assertReverts(m.send(operator, "commit", terms, lease, root(1)), "LeaseLate");

    const receipt = await m.send(keeper, "expire", terms, lease);

    const penalty = bondUp(terms, 8) / 10n;
    assert.equal(m.events(receipt, "Expired")[0].args.penalty, penalty);
    assert.equal(await stakeOf(m, device), 1_000n * CRD - penalty); // the lease was at the reserve: nothing can cost more
    assert.equal(await lockedOf(m, device), 0n);
    assert.equal((await m.read<any>("offer", id)).freedRanges, 1);
    await assertReverts(m.placeBid(operator, device), "BidCoolingDown");
    await m.assertSolvent();

    const again = await m.matchOffer(keeper, terms);
    assert.deepEqual([again.leases[0].device, again.leases[0].attempt, again.leases[0].first, again.leases[0].count], [second, 1, 0, 8]);
    await m.send(operator2, "commit", terms, again.leases[0], root(2));
    await m.send(consumer, "accept", terms, again.leases);
    await m.assertSolvent();
    assert.equal((await m.read<any>("offer", id)).exists, false);
    // The penalty made up for the wait.
    assert.equal(await balanceOf(m, consumer), 10_000n * CRD - costDown(again.leases[0].unitPrice, 1000, 8) + penalty);
    await m.coolDown();
    await m.placeBid(operator, device); // easy to list again
  });

  it("that fails makes its device answer for a dearer new lease, and gives back what was not needed", async () => {
    const m = await setUp();
    const [, consumer, o1, p1, keeper, o2, p2, o3, p3] = m.wallets;
    await m.fund(consumer);
    const cheap = await m.addDevice(o1, p1);
    const middle = await m.addDevice(o2, p2);
    const dear = await m.addDevice(o3, p3);
    await m.placeBid(p1, cheap, { tick: CHEAP });
    await m.placeBid(p2, middle, { tick: CHEAP + 20 });
    await m.placeBid(p3, dear, { tick: CHEAP + 40 });
    const terms = await m.termsOf(consumer, { total: 8 });
    const { id, leases: [lease] } = await m.post(consumer, terms);
    assert.equal(lease.unitPrice, price(CHEAP + 20)); // what it displaced
    await m.warpTo((await m.statusOf(lease)).time + 6);

    const expired = await m.send(keeper, "expire", terms, lease);
    const held = costDown(price(terms.maxTick) - price(CHEAP + 20), 1000, 8);
    const penalty = bondUp(terms, 8) / 10n;
    assert.equal(m.events(expired, "ExcessHeld")[0].args.amount, held);
    assert.equal(await stakeOf(m, cheap), 1_000n * CRD - penalty - held);
    await m.assertSolvent();

    const again = await m.matchOffer(keeper, terms);
    assert.deepEqual([again.leases[0].device, again.leases[0].unitPrice], [middle, price(CHEAP + 40)]);
    const excess = (price(CHEAP + 40) - price(CHEAP + 20)) * 8_000n;
    const charged = (excess + (1n << 32n) - 1n) >> 32n;
    assert.equal(m.events(again.receipt, "ExcessReturned")[0].args.amount, held - charged);
    assert.equal(await stakeOf(m, cheap), 1_000n * CRD - penalty - charged);
    await m.send(p2, "commit", terms, again.leases[0], root(1));
    await m.send(consumer, "accept", terms, again.leases);
    await m.assertSolvent();
    assert.equal((await m.read<any>("offer", id)).exists, false);
  });

  it("that is never leased again gives its device back what waited", async () => {
    const m = await setUp();
    const [, consumer, o1, p1, keeper, o2, p2] = m.wallets;
    await m.fund(consumer);
    const cheap = await m.addDevice(o1, p1);
    const dear = await m.addDevice(o2, p2);
    await m.placeBid(p1, cheap);
    await m.placeBid(p2, dear, { tick: CHEAP + 20 });
    const terms = await m.termsOf(consumer, { total: 8, deadline: (await m.now()) + 200 });
    const { leases: [lease] } = await m.post(consumer, terms);
    await m.warpTo((await m.statusOf(lease)).time + 6);
    await m.send(keeper, "expire", terms, lease);
    await m.warpTo(terms.deadline + 1);

    const receipt = await m.send(keeper, "closeOffer", terms);

    const penalty = bondUp(terms, 8) / 10n;
    assert.equal(m.events(receipt, "ExcessReturned").length, 1);
    assert.equal(await stakeOf(m, cheap), 1_000n * CRD - penalty);
    assert.equal(await balanceOf(m, consumer), 10_000n * CRD + penalty);
    await m.assertSolvent();
  });

  it("that expires after the deadline closes the offer", async () => {
    const s = await scene({ leaseSeconds: 4 * HOUR });
    await s.m.warpTo((await s.m.statusOf(s.lease)).time + 6);
    const receipt = await s.m.send(s.keeper, "expire", s.terms, s.lease);
    assert.deepEqual(s.m.events(receipt).map((event) => event.name), ["Expired", "OfferClosed", "BidRemoved"]);
    await s.m.assertSolvent();
  });

  it("is declined for a small penalty, or for nothing when its input cannot be had, three times a day", async () => {
    const { m, owner, operator, keeper, device, terms, lease } = await scene();
    await assertReverts(m.send(owner, "decline", terms, lease, 5), "DeviceNotOperator");
    let current: Lease = lease;
    const decline = async (reason: number) => {
      const receipt = await m.send(operator, "decline", terms, current, reason);
      await m.coolDown();
      await m.placeBid(operator, device);
      current = (await m.matchOffer(keeper, terms)).leases[0];
      return m.events(receipt, "Declined")[0].args.penalty as bigint;
    };
    const penalty = bondUp(terms, 8) / 100n;

    assert.deepEqual([await decline(1), await decline(2), await decline(1), await decline(1), await decline(5)], [0n, 0n, 0n, penalty, penalty]);
    await m.warpTo((await m.now()) + 24 * HOUR);
    assert.equal(current.attempt, 5);
    await m.assertSolvent();
    const status = await m.statusOf(current);
    assert.equal(status.state, State.Leased);
    await assertReverts(m.send(operator, "decline", terms, { ...current, attempt: 6 }, 1), "LeaseUnknown");
  });

  it("cannot be declined once committed", async () => {
    const { m, operator, terms, lease } = await scene();
    await m.send(operator, "commit", terms, lease, root(1));

    await assertReverts(m.send(operator, "decline", terms, lease, 1), "LeaseWrongState");
    await assertReverts(m.send(operator, "expire", terms, lease), "LeaseWrongState");
  });

  it("settles at commit when the consumer trusts its device", async () => {
    const m = await setUp();
    const [, consumer, owner, operator] = m.wallets;
    await m.fund(consumer);
    const device = await m.addDevice(owner, operator, { stake: 100n * CRD }); // no stake to spare: trust needs no bond
    await m.placeBid(operator, device);
    const terms = await m.termsOf(consumer, { verdict: TRUSTED, windowSeconds: 0, bondBps: 0, devices: [device] });
    const { leases } = await m.post(consumer, terms);

    const receipt = await m.send(operator, "commit", terms, leases[0], root(1));

    assert.deepEqual(m.events(receipt).map((event) => event.name), ["Committed", "Settled", "OfferClosed"]);
    assert.equal(m.events(receipt, "Settled")[0].args.accepted, true);
    await m.assertSolvent();
  });

  it("settles inside commit on the consumer's signature", async () => {
    const { m, consumer, operator, keeper, device, terms, lease } = await scene();
    const signature = async (wallet: WalletClient, resultRoot: Hex) => wallet.signTypedData({
      account: wallet.account!,
      domain: { name: "ComputeMarket", version: "1", chainId: 31337, verifyingContract: m.deployed.market },
      types: { Acceptance: [{ name: "lease", type: "bytes32" }, { name: "resultRoot", type: "bytes32" }] },
      primaryType: "Acceptance", message: { lease: await m.keyOf(lease), resultRoot } });

    await assertReverts(m.send(operator, "commitAccepted", terms, lease, root(1), await signature(keeper, root(1))), "LeaseAcceptance");
    await assertReverts(m.send(operator, "commitAccepted", terms, lease, root(1), await signature(consumer, root(2))), "LeaseAcceptance");
    await assertReverts(m.send(keeper, "commitAccepted", terms, lease, root(1), await signature(consumer, root(1))), "DeviceNotOperator");
    const receipt = await m.send(operator, "commitAccepted", terms, lease, root(1), await signature(consumer, root(1)));

    assert.equal(m.events(receipt, "Settled")[0].args.device, device);
    await m.assertSolvent();
  });

  it("settles earlier ones inside commitMany", async () => {
    const { m, consumer, operator, terms, lease } = await scene();
    await m.send(operator, "commit", terms, lease, root(1));
    await m.warpTo((await m.now()) + 31);
    const next = await m.termsOf(consumer, { total: 3 });
    const { leases } = await m.post(consumer, next);

    await assertReverts(m.send(operator, "commitMany", [{ terms: next, lease: leases[0], resultRoot: root(2) }], [{ terms: next, lease: leases[0] }]), "LeaseWindowOpen");
    const receipt = await m.send(operator, "commitMany", [{ terms: next, lease: leases[0], resultRoot: root(2) }], [{ terms, lease }]);

    assert.deepEqual(m.events(receipt).map((event) => event.name), ["Committed", "Settled", "OfferClosed"]);
    await m.assertSolvent();
  });

  it("pays the fee on top of the pay", async () => {
    const fees = "0x1000000000000000000000000000000000000001";
    const { m, consumer, operator, device, terms, lease, leases } = await scene({}, { profile: { feeBps: 250 }, feeRecipient: fees });
    await m.send(operator, "commit", terms, lease, root(1));
    await m.send(consumer, "accept", terms, leases);

    const pay = costDown(price(terms.maxTick), 1000, 8);
    assert.equal(await stakeOf(m, device), 1_000n * CRD + pay);
    assert.equal(await m.read("balanceOf", fees), (pay * 250n) / 10_000n);
    assert.equal(await balanceOf(m, consumer), 10_000n * CRD - pay - (pay * 250n) / 10_000n);
    await m.assertSolvent();
  });

  it("of a retired device still pays, and its pay can be released", async () => {
    const { m, consumer, owner, operator, device, terms, lease, leases } = await scene();
    await m.send(owner, "retire", device);
    await m.warpTo((await m.now()) + 11);
    await assertReverts(m.send(owner, "release", device), "DeviceBusy");
    await m.send(operator, "commit", terms, lease, root(1));
    await m.send(consumer, "accept", terms, leases);

    await m.send(owner, "release", device);

    assert.equal(await balanceOf(m, owner), 10_000n * CRD + costDown(price(terms.maxTick), 1000, 8));
    await m.assertSolvent();
  });
});

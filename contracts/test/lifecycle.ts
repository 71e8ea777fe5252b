import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { costDown, CRD, price, CHEAP, root, setUp, State, TRUSTED } from "./market.ts";

describe("a job", () => {
  it("settles for one device in optimistic mode, after its window", async () => {
    const m = await setUp();
    const [, consumer, owner, operator, keeper] = m.wallets;
    await m.fund(consumer);
    const device = await m.addDevice(owner, operator);
    await m.placeBid(operator, device);
    const terms = await m.termsOf(consumer);

    const { id, leases, receipt } = await m.post(consumer, terms);
    assert.equal(leases.length, 1);
    assert.equal(leases[0].count, 8);
    assert.equal(leases[0].unitPrice, price(terms.maxTick)); // nobody was displaced: the reserve
    assert.equal((await m.read<any>("offer", id)).exists, false);
    await m.assertSolvent();
    const c = await m.send(operator, "commit", terms, leases[0], root(1));
    await m.assertSolvent();
    await m.warpTo((await m.now()) + 31);
    const s = await m.send(keeper, "settle", terms, leases);
    console.log("gas", receipt.gasUsed, c.gasUsed, s.gasUsed);
    assert.equal((await m.statusOf(leases[0])).state, State.Settled);
    const pay = costDown(leases[0].unitPrice, terms.mfuel, 8);
    assert.equal((await m.read<any>("device", device)).stake, 1000n * CRD + pay);
    assert.equal(await m.read("balanceOf", consumer.account!.address), 10000n * CRD - pay);
    await m.assertSolvent();
  });
  it("settles at commit in trusted mode", async () => {
    const m = await setUp();
    const [, consumer, owner, operator] = m.wallets;
    await m.fund(consumer);
    const device = await m.addDevice(owner, operator);
    await m.placeBid(operator, device);
    const terms = await m.termsOf(consumer, { verdict: TRUSTED, windowSeconds: 0, bondBps: 0, devices: [device] });
    const { leases } = await m.post(consumer, terms);
    await m.send(operator, "commit", terms, leases[0], root(1));
    assert.equal((await m.statusOf(leases[0])).state, State.Settled);
    await m.assertSolvent();
  });
});

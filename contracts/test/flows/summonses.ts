import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { assertReverts, bondUp, CHEAP, CRD, HOUR, root, setUp, State, type Terms } from "../support/market.ts";

const SUMMONS = 10; // seconds, of the local profile

/** Two devices; the cheaper one has the whole offer, for an hour. */
async function scene(changes: Partial<Terms> = {}) {
  const m = await setUp();
  const [, consumer, owner, operator, keeper, owner2, operator2] = m.wallets;
  await m.fund(consumer);
  const silent = await m.addDevice(owner, operator);
  const other = await m.addDevice(owner2, operator2);
  await m.placeBid(operator, silent);
  await m.placeBid(operator2, other, { tick: CHEAP + 10 });
  const terms = await m.termsOf(consumer, { total: 8, leaseSeconds: HOUR, ...changes });
  const { leases: [lease] } = await m.post(consumer, terms);
  return { m, consumer, owner, operator, keeper, operator2, silent, other, terms, lease };
}

describe("a summons", () => {
  it("that nobody heeds lets the lease expire at once, at the device's expense", async () => {
    const { m, consumer, keeper, operator2, silent, other, terms, lease } = await scene();
    const receipt = await m.send(consumer, "summon", terms, lease);
    const [summoned] = m.events(receipt, "Summoned");
    const by = (await m.now()) + SUMMONS;
    assert.deepEqual([summoned.args.device, summoned.args.appearBy], [silent, by]);
    const { state, time } = await m.statusOf(lease);
    assert.deepEqual([state, time > by + HOUR / 2], [State.Leased, true]);

    await m.warpTo(by);
    await assertReverts(m.send(keeper, "expire", terms, lease), "LeaseNotExpired");
    await m.warpTo(by + 1);
    const expired = await m.send(keeper, "expire", terms, lease);

    assert.equal(m.events(expired, "Expired")[0].args.penalty, bondUp(terms, 8) / 10n);
    const again = await m.matchOffer(keeper, terms);
    assert.equal(again.leases[0].device, other);
    await m.send(operator2, "commit", terms, again.leases[0], root(1));
    await m.send(consumer, "accept", terms, again.leases);
    await m.assertSolvent();
  });

  it("is answered by appearing: the lease runs on until it is due, and its device is not summoned again", async () => {
    const { m, consumer, operator, keeper, silent, terms, lease } = await scene();
    const { time } = await m.statusOf(lease);
    await m.send(consumer, "summon", terms, lease);

    const receipt = await m.send(operator, "appear", terms, lease);

    assert.equal(m.events(receipt, "Appeared")[0].args.device, silent);
    assert.equal((await m.statusOf(lease)).time, time);
    assert.equal((await m.read<any>("device", silent)).locked, bondUp(terms, 8));
    await assertReverts(m.send(consumer, "summon", terms, lease), "LeaseSummoned");
    await assertReverts(m.send(operator, "appear", terms, lease), "LeaseNotSummoned");
    await m.warpTo(time);
    await assertReverts(m.send(keeper, "expire", terms, lease), "LeaseNotExpired");
    await m.warpTo(time + 6);
    await m.send(keeper, "expire", terms, lease);
    assert.equal((await m.read<any>("bid", silent)).lanes, 0);
    await m.assertSolvent();
  });

  it("may be answered late, by appearing or with the result, as long as nobody let the lease expire", async () => {
    for (const answer of ["appear", "commit"]) {
      const { m, consumer, operator, keeper, silent, terms, lease } = await scene();
      await m.send(consumer, "summon", terms, lease);
      await m.warpTo((await m.now()) + 10 * SUMMONS);

      if (answer === "appear") await m.send(operator, "appear", terms, lease);
      await m.send(operator, "commit", terms, lease, root(1));

      await assertReverts(m.send(keeper, "expire", terms, lease), "LeaseWrongState");
      await m.send(consumer, "accept", terms, [lease]);
      const device = await m.read<any>("device", silent);
      assert.ok(device.stake > 1_000n * CRD, "paid in full");
      assert.equal(device.locked, 0n);
      assert.equal((await m.read<any>("bid", silent)).freeLanes, 4);
      await m.assertSolvent();
    }
  });

  it("never gives a lease more time than it had", async () => {
    const { m, consumer, keeper, terms, lease } = await scene({ leaseSeconds: 60 });
    const { time } = await m.statusOf(lease);
    await m.warpTo(time + 4);
    await m.send(consumer, "summon", terms, lease);
    await m.warpTo(time + 6);

    await m.send(keeper, "expire", terms, lease);

    await m.assertSolvent();
  });

  it("is the consumer's, about a lease that runs, and heeded by its device alone", async () => {
    const { m, consumer, owner, operator, keeper, operator2, terms, lease } = await scene();
    await assertReverts(m.send(keeper, "summon", terms, lease), "OfferNotConsumer");
    await assertReverts(m.send(consumer, "summon", terms, { ...lease, first: 1 }), "LeaseUnknown");
    await assertReverts(m.send(operator, "appear", terms, lease), "LeaseNotSummoned");
    await m.send(consumer, "summon", terms, lease);
    await assertReverts(m.send(owner, "appear", terms, lease), "DeviceNotOperator");
    await assertReverts(m.send(operator2, "appear", terms, lease), "DeviceNotOperator");

    await m.send(operator, "commit", terms, lease, root(1));

    await assertReverts(m.send(consumer, "summon", terms, lease), "LeaseWrongState");
    await assertReverts(m.send(operator, "appear", terms, lease), "LeaseWrongState");
  });
});

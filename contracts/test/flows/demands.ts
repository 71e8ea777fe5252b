import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { concat, hexToBytes, type Hex } from "viem";
import { assertReverts, bondUp, CRD, root, setUp, State } from "../support/market.ts";
import { leavesOf, proofOf, recordOf, rootOf } from "../support/tree.ts";

/** Three tasklets whose outputs are 10, 1,000 and 5,000 bytes. */
async function scene() {
  const m = await setUp();
  const [, consumer, owner, operator, keeper, asker] = m.wallets;
  await m.fund(consumer);
  await m.fund(asker);
  const device = await m.addDevice(owner, operator);
  await m.placeBid(operator, device);
  const terms = await m.termsOf(consumer, { total: 3 });
  const { id, leases: [lease] } = await m.post(consumer, terms);
  const outputs = [10, 1_000, 5_000].map((length, seed) => Uint8Array.from({ length }, (_, i) => (i * 7 + seed) & 255));
  const trees = outputs.map(leavesOf);
  const records = outputs.map((output, i) => recordOf(output.length, rootOf(trees[i])));
  const list = leavesOf(hexToBytes(concat(records)));
  await m.send(operator, "commit", terms, lease, rootOf(list));
  const answer = (index: number, output: Hex = "0x", outputProof: Hex[] = [], record = records[index]) =>
    m.send(keeper, "answer", terms, lease, record, proofOf(list, index), output, outputProof);
  const demand = (changes: object, from = asker) => m.send(from, "demand", terms, lease, { index: 0, output: false, firstLeaf: 0, leaves: 0, ...changes });
  return { m, consumer, operator, keeper, asker, device, terms, id, lease, outputs, trees, records, list, answer, demand };
}

describe("a demand", () => {
  it("is answered with a record, and the deposit goes to whoever answers", async () => {
    const { m, consumer, keeper, asker, terms, lease, records, answer, demand } = await scene();

    await demand({ index: 2 });
    assert.equal((await m.statusOf(lease)).demanded, true);
    await m.assertSolvent();
    await assertReverts(m.send(consumer, "accept", terms, [lease]), "DemandOpen");
    await assertReverts(demand({ index: 1 }), "DemandOpen");
    await assertReverts(answer(2, "0x", [], records[1]), "DemandMismatch");
    await assertReverts(answer(1), "DemandMismatch");
    const receipt = await answer(2);

    assert.equal(m.events(receipt, "Answered")[0].args.data, records[2]);
    assert.equal(await m.read("balanceOf", keeper.account!.address), 10_000n);
    assert.equal(await m.read("balanceOf", asker.account!.address), 10_000n * CRD - 10_000n);
    await assertReverts(answer(2), "DemandNone");
    await m.send(consumer, "accept", terms, [lease]);
    await m.assertSolvent();
  });

  it("for output is answered with proven bytes", async () => {
    const { m, consumer, trees, answer, demand } = await scene();
    for (const [index, firstLeaf, leaves] of [[2, 32, 8], [2, 0, 32], [1, 4, 4], [0, 0, 1], [0, 0, 32]] as const) {
      const shown = Math.min(leaves, trees[index].length);
      const bytes = concat(trees[index].slice(firstLeaf, firstLeaf + shown));
      const proof = proofOf(trees[index], firstLeaf, Math.log2(shown));
      await demand({ index, output: true, firstLeaf, leaves }, consumer);

      await assertReverts(answer(index, `${bytes.slice(0, -2)}ff`, proof), "DemandMismatch");
      await assertReverts(answer(index, bytes, [...proof, root(1)]), "DemandMismatch");
      await assertReverts(answer(index), "DemandMismatch");
      const receipt = await answer(index, bytes, proof);

      assert.equal(m.events(receipt, "Answered")[0].args.data, bytes);
    }
    await m.assertSolvent();
  });

  it("for output beyond its end is answered by the record alone", async () => {
    const { m, consumer, records, answer, demand } = await scene();
    await demand({ index: 0, output: true, firstLeaf: 1, leaves: 1 }, consumer);

    const receipt = await answer(0);

    assert.equal(m.events(receipt, "Answered")[0].args.data, records[0]);
  });

  it("is refused out of range, out of shape, from strangers for output, and out of time", async () => {
    const { m, consumer, operator, terms, lease, demand } = await scene();

    await assertReverts(demand({ index: 3 }), "DemandRange");
    await assertReverts(demand({ leaves: 1 }), "DemandRange");
    await assertReverts(demand({ output: true, leaves: 0 }, consumer), "DemandRange");
    await assertReverts(demand({ output: true, leaves: 3 }, consumer), "DemandRange");
    await assertReverts(demand({ output: true, leaves: 64 }, consumer), "DemandRange");
    await assertReverts(demand({ output: true, leaves: 4, firstLeaf: 2 }, consumer), "DemandRange");
    await assertReverts(demand({ output: true, leaves: 1 }), "DemandNotConsumer");
    await assertReverts(m.send(operator, "failDemand", terms, lease), "DemandNone");
    await m.warpTo((await m.now()) + 30);
    await assertReverts(demand({}), "LeaseWindowOver");
  });

  it("delays settlement past the window until it is answered", async () => {
    const { m, keeper, terms, lease, answer, demand } = await scene();
    await m.warpTo((await m.now()) + 25);
    await demand({});
    await m.warpTo((await m.now()) + 9);
    await assertReverts(m.send(keeper, "settle", terms, [lease]), "DemandOpen");
    await assertReverts(m.send(keeper, "failDemand", terms, lease), "DemandUnanswerable");
    await answer(0);

    await m.send(keeper, "settle", terms, [lease]);

    await m.assertSolvent();
  });

  it("that nobody answers costs the device its bond, and the asker nothing", async () => {
    const { m, keeper, asker, device, terms, id, lease, answer, demand } = await scene();
    await demand({});
    await m.warpTo((await m.now()) + 11);
    await assertReverts(answer(0), "DemandTooLate");

    const receipt = await m.send(keeper, "failDemand", terms, lease);

    assert.equal(m.events(receipt, "DemandFailed")[0].args.penalty, bondUp(terms, 3));
    assert.equal((await m.read<any>("device", device)).stake, 1_000n * CRD - bondUp(terms, 3));
    assert.equal(await m.read("balanceOf", asker.account!.address), 10_000n * CRD);
    assert.equal((await m.read<any>("offer", id)).freedRanges, 1);
    assert.equal((await m.statusOf(lease)).state, State.None);
    await m.assertSolvent();
  });
});

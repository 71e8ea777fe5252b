import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { artifactOf } from "../../scripts/deployment.ts";
import { assertReverts, CRD, HOUR, root, type Options } from "../support/market.ts";
import { dagOf, EACH, JobIs, MAP, packedTerms, setUpJobs, Stage, stageOf } from "../support/jobs.ts";
import { packedLease } from "../support/words.ts";

describe("a stage", () => {
  it("waits for what it says: bound results, or final ones", async () => {
    const { m, keeper, posted, commit, record, finish } = await setUpJobs();
    const { job, open } = await posted([MAP(), { ...EACH(), startFinal: true }, stageOf(2, { waitsFor: 2n })]);
    const map = await open(keeper, 0);
    const mapped = await commit(map);
    await assertReverts(open(keeper, 1, [mapped]), "StageWaits");
    await record(keeper, job, 0, map, mapped);
    await assertReverts(open(keeper, 1, [mapped]), "StageWaits");
    assert.deepEqual((await assertReverts(open(keeper, 2), "StageWaits"))[2], 2n);
    await finish(keeper, job, 0, map, mapped);

    const each = await open(keeper, 1, [mapped]);

    await record(keeper, job, 1, each, await commit(each));
    await open(keeper, 2);
    await m.assertSolvent();
  });

  it("opens only as it was posted, once, and with the sources that were recorded", async () => {
    const { keeper, posted, commit, record, send } = await setUpJobs();
    const { job, jobId, open, stages } = await posted([MAP(), EACH(), stageOf(2)]);
    const dearer = { ...stages[0], budget: 1_000n * CRD };
    const nothing = { record: "0x", head: "0x", siblings: [] };
    await assertReverts(send(keeper, "openStage", job, dearer, dagOf(stages).proof, [], nothing), "StageNotOfJob");
    await assertReverts(send(keeper, "openStage", { ...job, budget: 1n }, stages[0], dagOf(stages).proof, [], nothing), "JobUnknown");
    const map = await open(keeper, 0);
    assert.deepEqual(await assertReverts(open(keeper, 0), "StageWrongState"), [jobId, 0, Stage.Open]);
    const mapped = await commit(map);
    const other = await open(keeper, 2);
    await assertReverts(record(keeper, job, 0, other, mapped), "StageOffer");
    await assertReverts(record(keeper, job, 0, map, { ...mapped, roots: [root(99)] }), "StageResults");
    await assertReverts(record(keeper, job, 0, map, { leases: [], roots: [] }), "StageResults");
    await assertReverts(record(keeper, job, 2, other, { leases: other.leases.map(packedLease), roots: other.leases.map(() => root(1)) }), "StageResults");
    await record(keeper, job, 0, map, mapped);
    await assertReverts(record(keeper, job, 0, map, mapped), "StageWrongState");

    await assertReverts(open(keeper, 1, []), "StageSources");
    await assertReverts(open(keeper, 1, [{ ...mapped, roots: [root(98)] }]), "StageSources");
  });

  it("does not open beyond its own budget", async () => {
    const { keeper, posted } = await setUpJobs();
    const { open } = await posted([stageOf(0, { budget: 7n })]);

    const [stage, escrow, budget] = await assertReverts(open(keeper, 0), "StageBudget");

    assert.ok(stage === 0 && (escrow as bigint) > 7n && budget === 7n);
  });

  it("that nobody ran fails, and opens again at a higher reserve until its attempts are used up", async () => {
    const { m, keeper, owner, posted, send, wealth, said } = await setUpJobs();
    const before = await wealth(owner);
    const { job, open, stage } = await posted([stageOf(0, { seconds: 100 })]);
    const first = await open(keeper, 0);
    await assertReverts(send(keeper, "failStage", job, 0, packedTerms(first.terms)), "StageRunning");
    await m.warpTo((await m.now()) + 66);
    for (const lease of first.leases) await m.send(keeper, "expire", first.terms, lease);
    await m.warpTo((await m.now()) + 101);
    await m.send(keeper, "closeOffer", first.terms);
    await send(keeper, "failStage", job, 0, packedTerms(first.terms));
    assert.equal((await stage(0)).state, Stage.Failed);
    for (const [device, operator] of [[1, m.wallets[3]], [2, m.wallets[5]]] as const) {
      if ((await m.read<any>("bid", device)).lanes === 0) await m.placeBid(operator, device);
    }

    const second = await open(keeper, 0);

    assert.equal(second.terms.maxTick, first.terms.maxTick + 8);
    await m.warpTo((await m.now()) + 66);
    for (const lease of second.leases) await m.send(keeper, "expire", second.terms, lease);
    await m.warpTo((await m.now()) + 101);
    await send(keeper, "failStage", job, 0, packedTerms(second.terms));
    await assertReverts(open(keeper, 0), "StageAttempts");
    await assertReverts(send(keeper, "endJob", job), "JobStillActive");
    await m.warpTo(job.deadline + 1);
    await assertReverts(open(keeper, 0), "JobDeadline");
    assert.equal(said(await send(keeper, "endJob", job), "JobEnded")[0].state, JobIs.Expired);
    await m.send(keeper, "closeOffer", second.terms);
    await send(keeper, "collect", job);
    assert.ok(await wealth(owner) > before); // what the devices that stayed away lost
    await m.assertSolvent();
  });

  it("that was delivered in its last moment counts though it had been given up", async () => {
    const { m, keeper, posted, commit, record, send } = await setUpJobs();
    const { job, open, stage } = await posted([stageOf(0, { seconds: 20 })]);
    const map = await open(keeper, 0);
    const results = await commit(map);
    await m.warpTo((await m.now()) + 20 + 66);
    await send(keeper, "failStage", job, 0, packedTerms(map.terms));

    await record(keeper, job, 0, map, results);

    assert.equal((await stage(0)).state, Stage.Committed);
    await m.assertSolvent();
  });
});

describe("a result that falls", () => {
  /** Map and each, both bound; then the map's lease is proven wrong. */
  async function fallen(options: Options = { disputeSeconds: HOUR }) {
    const s = await setUpJobs(options);
    const { m, keeper, posted, commit, record, send } = s;
    const p = await posted([MAP(), EACH()]);
    const map = await p.open(keeper, 0);
    const mapped = await commit(map, 1);
    await record(keeper, p.job, 0, map, mapped);
    const each = await p.open(keeper, 1, [mapped]);
    const eached = await commit(each, 2);
    await record(keeper, p.job, 1, each, eached);
    const { abi } = artifactOf("test/Judge");
    const judge = (name: string, ...args: unknown[]) => m.call(m.verdictModule!, abi, m.wallets[18], name, [m.deployed.market, map.terms, map.leases[0], ...args]);
    await assertReverts(send(keeper, "unrecordStage", p.job, 0, mapped, 0), "StageSound");
    await judge("open");
    await assertReverts(send(keeper, "unrecordStage", p.job, 0, mapped, 0), "StageSound");
    await judge("rule", false);
    return { ...s, ...p, map, mapped, each, eached };
  }

  it("makes what read it stale; who ran that is paid all the same; both run again, and the liar's share comes to the owner", async () => {
    const { m, owner, keeper, account, job, open, stage, status, commit, record, finish, send, wealth, said, map, mapped, each, eached, stages } = await fallen();
    assert.ok(await m.read<bigint>("balanceOf", account) > 0n);
    await assertReverts(send(keeper, "markStale", job, stages[1], dagOf(stages, 1).proof, packedTerms(each.terms)), "StageSound");
    await send(keeper, "unrecordStage", job, 0, mapped, 0);
    assert.deepEqual([(await stage(0)).state, (await status()).committed, (await status()).epoch], [Stage.Open, 2n, 1]);
    const receipt = await send(keeper, "markStale", job, stages[1], dagOf(stages, 1).proof, packedTerms(each.terms));
    assert.equal(said(receipt, "StageFell")[0].upstream, true);
    assert.deepEqual([(await stage(1)).state, (await status()).committed], [Stage.Stale, 0n]);
    await assertReverts(open(keeper, 1, [mapped]), "StageWaits");

    // The map's range is leased again by the market itself, and its honest reader is paid.
    const again = { ...map, leases: (await m.matchOffer(keeper, map.terms)).leases };
    m.offers.get(map.id)!.leases.push(...again.leases);
    const remapped = await commit(again, 3);
    await record(keeper, job, 0, again, remapped);
    const each2 = await open(keeper, 1, [remapped]);
    assert.notEqual(each2.id, each.id);
    const eached2 = await commit(each2, 4);
    await record(keeper, job, 1, each2, eached2);
    await m.warpTo((await m.now()) + 31);
    const reader = each.leases[0].device;
    if (reader !== map.leases[0].device) {
      const stake = (await m.read<any>("device", reader)).stake;
      await m.send(keeper, "settle", each.terms, each.leases);
      assert.ok((await m.read<any>("device", reader)).stake > stake);
    } else {
      for (const lease of each.leases) await m.send(keeper, "voidLease", each.terms, lease);
      await send(keeper, "retireOffer", job, 1, packedTerms(each.terms));
    }
    await assertReverts(send(keeper, "retireOffer", job, 1, packedTerms(each2.terms)), "StageWrongState");
    await finish(keeper, job, 0, again, remapped);
    await finish(keeper, job, 1, each2, eached2);
    await assertReverts(record(keeper, job, 1, each2, eached), "StageWrongState");
    const ended = await send(keeper, "endJob", job);
    assert.equal(said(ended, "JobEnded")[0].state, JobIs.Finished);
    assert.ok(await wealth(owner) > 1_000n * CRD); // a fifth of what the liar lost
    await m.assertSolvent();
  });

  it("cannot be told of a stage that holds, or with results that were not recorded", async () => {
    const { keeper, job, send, mapped, eached, jobId } = await fallen();

    await assertReverts(send(keeper, "unrecordStage", job, 1, eached, 0), "StageSound");
    await assertReverts(send(keeper, "unrecordStage", job, 0, eached, 0), "StageResults");
    await send(keeper, "unrecordStage", job, 0, mapped, 0);
    assert.deepEqual(await assertReverts(send(keeper, "unrecordStage", job, 0, mapped, 0), "StageWrongState"), [jobId, 0, Stage.Open]);
  });
});

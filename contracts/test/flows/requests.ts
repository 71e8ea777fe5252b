import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { assertReverts, bondUp, CRD, State } from "../support/market.ts";
import { packedWork } from "../support/words.ts";
import { ANSWER, DEPOSIT, disputed, FIRST, Piece, POOL } from "../support/disputes.ts";

describe("a request", () => {
  const record = { piece: Piece.Record, index: 1, firstLeaf: 0, leaves: 0 };
  const module = { piece: Piece.Module, index: 0, firstLeaf: 32, leaves: 8 };

  it("for any piece that a result rests on is answered by anyone, who earns the deposit", async () => {
    const { m, challenger, other, keeper, request, show, events, owed, records, work, first, assertHolds } = await disputed({ windowSeconds: 600 });
    const wanted = [
      record, module, { ...module, firstLeaf: 0, leaves: 32 }, { ...module, firstLeaf: 64, leaves: 32 }, { piece: Piece.Manifest, index: 0, firstLeaf: 4, leaves: 4 },
      { piece: Piece.Frame, index: 3, firstLeaf: 0, leaves: 32 }, { piece: Piece.Stdin, index: 4, firstLeaf: 16, leaves: 16 }, { piece: Piece.Stdin, index: 0, firstLeaf: 64, leaves: 8 },
    ];
    for (const what of wanted) await request(challenger, what);
    await assertHolds(0n, DEPOSIT * BigInt(wanted.length));
    await assertReverts(request(other, record), "RequestExists");
    await assertReverts(show(keeper, module, { data: "0x" }), "RequestMismatch");
    await assertReverts(show(keeper, record, { record: records[0] }), "RequestMismatch");
    await assertReverts(show(keeper, module, { work: packedWork({ ...work, moduleLength: 1 }) }), "DisputeWork");
    for (const what of wanted) {
      const receipt = await show(keeper, what);
      assert.deepEqual(events(receipt).map(({ name }) => name), ["PieceShown", "RequestClosed"]);
    }

    assert.equal(await owed(keeper), DEPOSIT * BigInt(wanted.length));
    assert.equal((await m.statusOf(first.lease)).state, State.Committed);
    await assertReverts(show(keeper, record), "RequestUnknown");
    await assertHolds(0n);
  });

  it("is refused out of shape, out of the lease and out of time", async () => {
    const { m, challenger, request } = await disputed();
    for (const what of [
      { ...record, leaves: 1 }, { ...record, firstLeaf: 1 }, { ...record, index: 5 }, { ...module, index: 1 }, { ...module, leaves: 0 }, { ...module, leaves: 3 },
      { ...module, leaves: 64 }, { ...module, firstLeaf: 4 }, { piece: Piece.Frame, index: 5, firstLeaf: 0, leaves: 1 },
    ]) await assertReverts(request(challenger, what), "RequestShape");
    await m.warpTo((await m.now()) + 30);
    await assertReverts(request(challenger, record), "LeaseWindowOver");
  });

  it("that nobody answers fells the lease with its bond, and costs the asker nothing", async () => {
    const { m, challenger, keeper, device, first, request, show, close, owed, events, assertHolds } = await disputed();
    await request(challenger, module);
    await assertReverts(close(keeper, module), "RequestRuns");
    await assertReverts(close(keeper, record), "RequestUnknown");
    await m.warpTo((await m.now()) + ANSWER + 1);
    await assertReverts(show(keeper, module), "RequestTooLate");

    const receipt = await close(keeper, module);

    assert.equal(events(receipt)[0].args.failed, true);
    assert.equal(m.events(receipt, "DemandFailed")[0].args.penalty, bondUp(first.terms, 5));
    const after = await m.read<any>("device", device);
    assert.deepEqual([after.stake, after.banned, await owed(challenger)], [1_000n * CRD - bondUp(first.terms, 5), false, DEPOSIT]);
    await assertHolds(0n);
  });

  it("that nobody answers pays no tip to the judge, which could never spend it", async () => {
    const { m, challenger, keeper, first, request, close, assertHolds } = await disputed({ maxLeases: 1, tip: 10 });
    await request(challenger, module);
    await m.warpTo((await m.now()) + ANSWER + 1);

    const receipt = await close(keeper, module);

    assert.equal(m.events(receipt, "DemandFailed").length, 1);
    assert.deepEqual(m.events(receipt, "Tipped"), []);
    assert.equal(await m.read("balanceOf", m.deployed.dispute), 0n);
    await assertHolds(0n);
  });

  it("of a liar against itself keeps nobody from asking, and one that fails does not save it from its judge", async () => {
    const { m, challenger, other, keeper, device, first, request, close, open, timeout, settle, assertHolds } = await disputed({ windowSeconds: 600 });
    await request(other, record); // the liar's friend asks first, and nobody will answer
    await request(challenger, module);
    await open(challenger);
    await m.warpTo((await m.now()) + ANSWER + 1);
    await close(keeper, record);
    await close(keeper, module);
    assert.equal((await m.statusOf(first.lease)).state, State.Disputed);
    await m.warpTo((await m.now()) + POOL + FIRST + 1);
    await timeout(keeper, challenger);

    await settle(keeper, challenger);

    assert.equal((await m.read<any>("device", device)).stake, 1_000n * CRD - bondUp(first.terms, 5) - 100n * CRD);
    await assertHolds(0n);
  });

  it("that fails fells the lease once the last game is lost", async () => {
    const { m, challenger, other, keeper, device, first, request, close, open, reply, timeout, settle, assertHolds } = await disputed();
    await open(challenger);
    await request(other, record);
    await reply();
    await m.warpTo((await m.now()) + POOL + FIRST + 1);
    await close(keeper, record);
    await timeout(keeper, challenger);

    const receipt = await settle(keeper, challenger);

    assert.equal(m.events(receipt, "DemandFailed").length, 1);
    assert.equal((await m.read<any>("device", device)).stake, 1_000n * CRD - bondUp(first.terms, 5));
    await assertHolds(0n);
  });

  it("that is answered late leaves time for a game after the window", async () => {
    const { m, challenger, keeper, first, request, show, close, open, timeout, settle, events, assertHolds } = await disputed();
    const windowEnd = Number(m.events(first.receipt, "Committed")[0].args.finalAt);
    await m.warpTo(windowEnd - 3);
    await request(challenger, record);
    await m.warpTo(windowEnd + 4);
    assert.deepEqual(events(await show(keeper, record)).map(({ name }) => name), ["PieceShown"]);
    await assertReverts(close(keeper, record), "RequestRuns");
    await assertReverts(request(challenger, module), "DisputeWindowOver");
    await open(challenger, 1);
    await m.warpTo((await m.now()) + POOL + FIRST + 1);
    await close(keeper, record);
    await timeout(keeper, challenger, 1);
    await settle(keeper, challenger, 1);

    assert.equal((await m.statusOf(first.lease)).state, State.None);
    await assertHolds(0n);
  });

  it("that is answered late and leads to no game ends in settlement", async () => {
    const { m, challenger, keeper, first, request, show, close, assertHolds } = await disputed();
    await m.warpTo(Number(m.events(first.receipt, "Committed")[0].args.finalAt) - 3);
    await request(challenger, record);
    await show(keeper, record);
    await m.warpTo((await m.now()) + ANSWER + 1);
    await close(keeper, record);

    await m.send(keeper, "settle", first.terms, [first.lease]);

    await assertHolds(0n);
  });
});

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { assertReverts, CHEAP, CRD, HOUR, registryAbi, setUp, WASM, WASM_LEVEL_1 } from "../support/market.ts";

const OTHER_KIND = 2 << 24;

async function crowd(count: number) {
  const m = await setUp();
  const [, owner, operator] = m.wallets;
  const devices: number[] = [];
  for (let i = 0; i < count; i++) devices.push(await m.addDevice(owner, operator));
  const order = async (classKey = WASM) => (await m.read<any[]>("bids", classKey, 0, 100)).map((bid) => bid.device);
  return { m, owner, operator, devices, order };
}

describe("the book", () => {
  it("orders bids by price, then by arrival", async () => {
    const { m, operator, devices: [a, b, c, d], order } = await crowd(4);

    await m.placeBid(operator, a, { tick: 500 });
    await m.placeBid(operator, b, { tick: 100 });
    await m.placeBid(operator, c, { tick: 500 });
    await m.placeBid(operator, d, { tick: 1887 });

    assert.deepEqual(await order(), [b, a, c, d]);
    assert.deepEqual((await m.read<any[]>("bids", WASM, a, 1)).map((bid) => bid.device), [c]);
    const ticks = await m.read<bigint[]>("bookTicks", WASM);
    assert.equal(ticks[0], 1n << 100n);
    assert.equal(ticks[1], 1n << (500n - 256n));
    assert.equal(ticks[7], 1n << (1887n - 7n * 256n));
  });

  it("shows a bid as it was placed", async () => {
    const { m, operator, devices: [a] } = await crowd(1);
    await m.placeBid(operator, a, { tick: 700, lanes: 3, mask: 4 });

    const bid = await m.read<any>("bid", a);

    assert.deepEqual([bid.classKey, bid.tick, bid.lanes, bid.freeLanes, bid.verdictMask, bid.scorePerLane, bid.memoryMiB, bid.linked, bid.activeAt],
      [WASM, 700, 3, 3, 4, 1000, 1024, true, 0]);
  });

  it("refuses bids that are not the operator's, not capable, or not sound", async () => {
    const { m, owner, operator, devices: [a] } = await crowd(1);
    const now = await m.now();
    const place = (changes: object) => m.placeBid(operator, a, changes);

    await assertReverts(m.send(owner, "placeBid", a, WASM, CHEAP, 1, now + HOUR, 6), "DeviceNotOperator");
    await assertReverts(place({ classKey: WASM_LEVEL_1 }), "DeviceNotCapable");
    await assertReverts(place({ classKey: OTHER_KIND }), "DeviceNotCapable");
    await assertReverts(place({ classKey: WASM | (5 << 12) }), "DeviceNotCapable");
    await assertReverts(place({ tick: 1888 }), "BidTickTooHigh");
    await assertReverts(place({ lanes: 0 }), "BidLanes");
    await assertReverts(place({ lanes: 5 }), "BidLanes");
    await assertReverts(place({ mask: 0 }), "BidVerdictMask");
    await assertReverts(place({ mask: 8 }), "BidVerdictMask");
    await assertReverts(place({ life: 48 * HOUR }), "BidValidity");
    await assertReverts(m.send(operator, "placeBid", a, WASM, CHEAP, 1, now - 1, 6), "BidValidity");
    await place({});
    await assertReverts(place({}), "BidExists");
  });

  it("applies an announced change only after the firm time, and by anyone", async () => {
    const { m, owner, operator, devices: [a, b], order } = await crowd(2);
    await m.placeBid(operator, a, { tick: 100 });
    await m.placeBid(operator, b, { tick: 200 });
    const validUntil = (await m.now()) + HOUR;

    await assertReverts(m.send(owner, "activateBid", a), "BidNoChange");
    await m.send(operator, "announceBid", a, 300, 2, validUntil);
    await assertReverts(m.send(owner, "activateBid", a), "BidFirm");
    assert.deepEqual(await order(), [a, b]);
    await m.warpTo((await m.now()) + 2);
    await m.send(owner, "activateBid", a);

    assert.deepEqual(await order(), [b, a]);
    const bid = await m.read<any>("bid", a);
    assert.deepEqual([bid.tick, bid.lanes, bid.activeAt], [300, 2, 0]);
    await assertReverts(m.send(owner, "announceBid", a, 300, 2, validUntil), "DeviceNotOperator");
    await assertReverts(m.send(operator, "announceBid", a, 300, 5, validUntil), "BidLanes");
    await assertReverts(m.send(operator, "announceBid", a, 1888, 2, validUntil), "BidTickTooHigh");
  });

  it("withdraws a bid in two steps", async () => {
    const { m, operator, devices: [a], order } = await crowd(1);
    await assertReverts(m.send(operator, "announceBid", a, 0, 0, 0), "BidNone");
    await m.placeBid(operator, a);

    await m.send(operator, "announceBid", a, 0, 0, 0);
    await m.warpTo((await m.now()) + 2);
    const receipt = await m.send(operator, "activateBid", a);

    assert.equal(m.events(receipt, "BidRemoved")[0].args.reason, 0);
    assert.deepEqual(await order(), []);
    assert.deepEqual(await m.read("bookTicks", WASM), Array(8).fill(0n));
    await m.placeBid(operator, a);
    assert.deepEqual(await order(), [a]);
  });

  it("extends a bid's life, never shortens it", async () => {
    const { m, operator, devices: [a] } = await crowd(1);
    await assertReverts(m.send(operator, "extendBid", a, (await m.now()) + HOUR), "BidNone");
    await m.placeBid(operator, a, { life: HOUR });
    const before = (await m.read<any>("bid", a)).validUntil;

    await m.send(operator, "extendBid", a, (await m.now()) + 2 * HOUR);

    assert.ok((await m.read<any>("bid", a)).validUntil >= before + HOUR - 60);
    await assertReverts(m.send(operator, "extendBid", a, (await m.now()) + HOUR), "BidValidity");
    await assertReverts(m.send(operator, "extendBid", a, (await m.now()) + 25 * HOUR), "BidValidity");
  });

  it("lets anyone prune an expired bid, and its operator replace it", async () => {
    const { m, owner, operator, devices: [a, b], order } = await crowd(2);
    await m.placeBid(operator, a, { life: HOUR });
    await m.placeBid(operator, b, { life: HOUR });
    await assertReverts(m.send(owner, "pruneBid", a), "BidValidity");
    await m.warpTo((await m.now()) + HOUR + 1);

    const receipt = await m.send(owner, "pruneBid", a);
    await m.placeBid(operator, b, { life: HOUR });

    assert.equal(m.events(receipt, "BidRemoved")[0].args.reason, 3);
    assert.deepEqual(await order(), [b]);
    await assertReverts(m.send(owner, "pruneBid", a), "BidNone");
  });

  it("delists a bid that a new capability no longer covers", async () => {
    const { m, operator, devices: [a, b], order } = await crowd(2);
    await m.placeBid(operator, a, { lanes: 4 });
    await m.placeBid(operator, b, { lanes: 2 });
    const declare = (device: number, lanes: number) => async () =>
      m.call(m.deployed.registry, registryAbi, operator, "declare", [device, WASM, 900, 512, lanes, (await m.now()) + 20 * HOUR]);

    const gone = await declare(a, 2)();
    await declare(b, 2)();

    assert.equal(m.events(gone, "BidRemoved")[0].args.reason, 2);
    assert.deepEqual(await order(), [b]);
    assert.equal((await m.read<any>("bid", b)).scorePerLane, 900);
  });

  it("drops an announced change that a smaller capability overtook", async () => {
    const { m, operator, devices: [a], order } = await crowd(1);
    await m.placeBid(operator, a, { lanes: 1 });
    await m.send(operator, "announceBid", a, CHEAP, 4, (await m.now()) + HOUR);
    await m.call(m.deployed.registry, registryAbi, operator, "declare", [a, WASM, 900, 512, 2, (await m.now()) + 20 * HOUR]);
    await m.warpTo((await m.now()) + 2);

    await m.send(operator, "activateBid", a);

    assert.deepEqual(await order(), []);
  });

  it("keeps its lists whole while bids leave from every place", async () => {
    const { m, operator, devices, order } = await crowd(6);
    for (const device of devices) await m.placeBid(operator, device, { tick: 40 });
    const left = [...devices];
    const leave = async (device: number) => {
      await m.call(m.deployed.registry, registryAbi, operator, "declare", [device, OTHER_KIND, 1, 1, 1, (await m.now()) + HOUR]);
      left.splice(left.indexOf(device), 1);
      assert.deepEqual(await order(), left);
    };

    for (const device of [devices[2], devices[0], devices[5], devices[3], devices[1], devices[4]]) await leave(device);

    assert.deepEqual(await m.read("bookTicks", WASM), Array(8).fill(0n));
    assert.equal((await m.read<any>("device", devices[0])).stake, 1000n * CRD);
  });
});

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { toHex, type Hex, type WalletClient } from "viem";
import { assertReverts, CRD, HOUR, registryAbi, setUp, WASM, WASM_LEVEL_1, type Market } from "../support/market.ts";
import { sign, type Statement } from "../support/statements.ts";

/** Three devices of three owners; the first is the subject, the others attest it. */
async function trio() {
  const m = await setUp();
  const [, o1, p1, o2, p2, o3, p3] = m.wallets;
  const devices = [await m.addDevice(o1, p1), await m.addDevice(o2, p2), await m.addDevice(o3, p3)];
  const statement = async (changes: Partial<Statement> = {}): Promise<Statement> => ({
    device: devices[0], classKey: WASM_LEVEL_1, scorePerLane: 2000, memoryMiB: 2048, lanes: 4, seed: toHex(5, { size: 32 }),
    issuedAt: await m.now(), expiresAt: (await m.now()) + 24 * HOUR, ...changes });
  const signatures = async (s: Statement, signers: [number, WalletClient][] = [[devices[1], p2], [devices[2], p3]]) =>
    Promise.all(signers.map(async ([attester, wallet]) => ({ attester, signature: await sign(m, wallet, s) })));
  const call = (from: WalletClient, name: string, ...args: unknown[]) => m.call(m.deployed.registry, registryAbi, from, name, args);
  return { m, o1, p1, o2, p2, o3, p3, devices, statement, signatures, call };
}

describe("the capability registry", () => {
  it("lets an operator declare level 0 only", async () => {
    const { m, o1, p1, devices: [a], call } = await trio();
    const until = (await m.now()) + HOUR;

    await call(p1, "declare", a, WASM, 10, 20, 3, until);

    assert.deepEqual({ ...(await m.read<any>("device", a)).capability }, { classKey: WASM, scorePerLane: 10, memoryMiB: 20, lanes: 3, expiresAt: until });
    await assertReverts(call(o1, "declare", a, WASM, 10, 20, 3, until), "CapabilityNotOperator");
    await assertReverts(call(p1, "declare", a, WASM_LEVEL_1, 10, 20, 3, until), "CapabilityLevel");
    await assertReverts(call(p1, "declare", a, 0, 10, 20, 3, until), "CapabilityKind");
    await assertReverts(call(p1, "declare", a, WASM, 0, 20, 3, until), "CapabilityEmpty");
    await assertReverts(call(p1, "declare", a, WASM, 10, 20, 0, until), "CapabilityEmpty");
    await assertReverts(call(p1, "declare", a, WASM, 10, 20, 3, (await m.now()) - 1), "CapabilityExpiry");
    await assertReverts(call(p1, "declare", a, WASM, 10, 20, 3, (await m.now()) + 31 * 24 * HOUR), "CapabilityExpiry");
    await assertReverts(call(p1, "declare", a, WASM, 10, 20, 4096, until), "BidLanes");
  });

  it("raises a device to level 1 on statements of two unrelated staked devices", async () => {
    const { m, p1, devices: [a, b, c], statement, signatures, call } = await trio();
    const s = await statement();

    const receipt = await call(p1, "attest", s, await signatures(s));

    const { capability } = await m.read<any>("device", a);
    assert.deepEqual([capability.classKey, capability.scorePerLane, capability.lanes], [WASM_LEVEL_1, 2000, 4]);
    assert.equal(receipt.logs.length, 2);
    assert.equal(await m.registry.read.issuedAt([a]), s.issuedAt);
    await m.placeBid(p1, a, { classKey: WASM_LEVEL_1 });
    assert.deepEqual((await m.read<any[]>("bids", WASM_LEVEL_1, 0, 9)).map((bid) => bid.device), [a]);
    assert.deepEqual([b, c], [2, 3]);
  });

  it("a device of a higher level may stand in a lower book", async () => {
    const { m, p1, devices: [a], statement, signatures, call } = await trio();
    const s = await statement();
    await call(p1, "attest", s, await signatures(s));

    await m.placeBid(p1, a, { classKey: WASM });

    assert.equal((await m.read<any>("bid", a)).classKey, WASM);
  });

  it("refuses too few, unsorted, related, unfit and forged attesters", async () => {
    const { m, o1, p1, o2, p2, p3, devices: [a, b, c], statement, signatures, call } = await trio();
    const own = await m.addDevice(o1, p1);
    const sibling = await m.addDevice(o2, p2);
    const s = await statement();
    const attest = async (signers: [number, WalletClient][], on = s) => call(p1, "attest", on, await signatures(on, signers));

    await assertReverts(attest([[b, p2]]), "CapabilityTooFewAttesters");
    await assertReverts(attest([[c, p3], [b, p2]]), "CapabilityAttestersUnsorted");
    await assertReverts(attest([[b, p2], [b, p2]]), "CapabilityAttestersUnsorted");
    await assertReverts(attest([[b, p2], [sibling, p2]]), "CapabilityAttesterRelated");
    await assertReverts(attest([[b, p2], [own, p1]]), "CapabilityAttesterRelated");
    await assertReverts(attest([[b, p2], [99, p3]]), "CapabilityAttesterUnfit");
    await assertReverts(attest([[b, p2], [c, p2]]), "CapabilitySignature");
    await assertReverts(call(p1, "attest", { ...s, scorePerLane: 65535 }, await signatures(s)), "CapabilitySignature");
    await assertReverts(call(p2, "attest", s, await signatures(s)), "CapabilityNotOperator");
    await m.send(o2, "retire", b);
    await assertReverts(attest([[b, p2], [c, p3]]), "CapabilityAttesterUnfit");
    assert.equal((await m.read<any>("device", a)).capability.classKey, WASM);
  });

  it("refuses levels out of range, old, future and replayed statements", async () => {
    const { m, p1, statement, signatures, call } = await trio();
    const attest = async (changes: Partial<Statement>) => {
      const s = await statement(changes);
      return call(p1, "attest", s, await signatures(s));
    };
    const now = await m.now();

    await assertReverts(attest({ classKey: WASM }), "CapabilityLevel");
    await assertReverts(attest({ classKey: WASM | (2 << 20) }), "CapabilityLevel");
    await assertReverts(attest({ issuedAt: now + HOUR }), "CapabilityIssued");
    await assertReverts(attest({ issuedAt: now - 25 * HOUR }), "CapabilityIssued");
    await assertReverts(attest({ expiresAt: now - 1 }), "CapabilityExpiry");
    await assertReverts(attest({ lanes: 0 }), "CapabilityEmpty");
    await attest({ issuedAt: now });
    await assertReverts(attest({ issuedAt: now }), "CapabilityIssued");
    await assertReverts(attest({ issuedAt: now - 1 }), "CapabilityIssued");
  });

  it("takes many statements in one call", async () => {
    const { m, p1, devices, statement, signatures, call, o1, p2, p3 } = await trio();
    const second = await m.addDevice(o1, p1);
    const [s1, s2] = [await statement(), await statement({ device: second, scorePerLane: 50 })];
    const signers: [number, WalletClient][] = [[devices[1], p2], [devices[2], p3]];

    await assertReverts(call(p1, "attestMany", [s1], []), "CapabilityLengths");
    await call(p1, "attestMany", [s1, s2], [await signatures(s1, signers), await signatures(s2, signers)]);

    assert.equal((await m.read<any>("device", second)).capability.scorePerLane, 50);
  });

  it("slashes and bans an attester that contradicts itself, even after it changed its key", async () => {
    const { m, o2, p2, o1, p3, devices: [, b, c], statement, call } = await trio();
    const [s1, s2] = [await statement(), await statement({ scorePerLane: 1 })];
    const [g1, g2] = await Promise.all([s1, s2].map(async (s) => ({ attester: b, signature: await sign(m, p2, s) })));
    const other = { attester: c, signature: await sign(m, p3, s2) };
    const elsewhere = await statement({ seed: toHex(6, { size: 32 }) });
    const stake = (await m.read<any>("device", b)).stake;

    await assertReverts(call(o1, "reportContradiction", s1, s1, g1, g1), "CapabilityNoContradiction");
    await assertReverts(call(o1, "reportContradiction", s1, s2, g1, other), "CapabilityNoContradiction");
    await assertReverts(call(o1, "reportContradiction", s1, elsewhere, g1, g2), "CapabilityNoContradiction");
    await assertReverts(call(o1, "reportContradiction", s1, s2, g1, { attester: b, signature: other.signature }), "CapabilitySignature");
    await m.send(o2, "setOperator", b, o2.account!.address);
    await call(o1, "reportContradiction", s1, s2, g1, g2);

    const device = await m.read<any>("device", b);
    assert.equal(device.banned, true);
    assert.equal(device.stake, stake - 100n * CRD);
    assert.equal(await m.read("balanceOf", "0x000000000000000000000000000000000000dEaD"), 50n * CRD);
    await assertReverts(call(o1, "reportContradiction", s2, s1, g2, g1), "CapabilityReported");
    await assertReverts(m.placeBid(o2, b), "DeviceBanned");
    await m.assertSolvent();
  });

  it("names what it fixes", async () => {
    const { m, statement } = await trio();
    const s = await statement();

    assert.equal(((await m.registry.read.market([])) as string).toLowerCase(), m.deployed.market);
    assert.equal(await m.registry.read.threshold([]), 2);
    assert.equal(await m.registry.read.maxLevel([]), 1);
    assert.equal(await m.registry.read.maxLifetime([]), 30 * 24 * HOUR);
    assert.equal(await m.registry.read.slash([]), 100n * CRD);
    assert.match((await m.registry.read.digestOf([s])) as string, /^0x[0-9a-f]{64}$/);
  });
});

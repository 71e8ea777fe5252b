import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { toHex, zeroAddress } from "viem";
import { assertReverts, CRD, setUp, WASM } from "../support/market.ts";

const KEY = toHex(9, { size: 32 });

describe("devices", () => {
  it("register with stake, owner, operator and an endpoint that events carry", async () => {
    const m = await setUp();
    const [, owner, operator] = m.wallets;
    await m.fund(owner, 500n * CRD);

    const receipt = await m.send(owner, "registerDevice", operator.account!.address, 200n * CRD, "https://host:1", KEY);

    const [{ args }] = m.events(receipt, "DeviceRegistered");
    assert.deepEqual([args.device, args.stake, args.endpoint, args.transportKey], [1, 200n * CRD, "https://host:1", KEY]);
    const device = await m.read<any>("device", 1);
    assert.equal(device.owner.toLowerCase(), owner.account!.address);
    assert.equal(device.operator.toLowerCase(), operator.account!.address);
    assert.equal(device.stake, 200n * CRD);
    assert.equal(await m.read("deviceCount"), 1);
    await m.assertSolvent();
  });

  it("are at most as many as their number has room for", async () => {
    const m = await setUp();
    const [, owner, operator] = m.wallets;
    await m.fund(owner, 200n * CRD);
    const DEVICE_COUNT = 8; // its slot in MarketState
    await m.rpc("hardhat_setStorageAt", [m.deployed.market, toHex(DEVICE_COUNT), toHex(2 ** 24 - 1, { size: 32 })]);
    assert.equal(await m.read("deviceCount"), 2 ** 24 - 1);

    await assertReverts(m.send(owner, "registerDevice", operator.account!.address, 100n * CRD, "", KEY), "DeviceTooMany");
  });

  it("refuse too little and too much stake, no operator, and unpaid stake", async () => {
    const m = await setUp();
    const [, owner, operator] = m.wallets;
    await m.fund(owner, 150n * CRD);
    const register = (to: string, stake: bigint) => m.send(owner, "registerDevice", to, stake, "", KEY);

    await assertReverts(register(zeroAddress, 100n * CRD), "DeviceZeroOperator");
    assert.deepEqual(await assertReverts(register(operator.account!.address, 100n * CRD - 1n), "DeviceStakeTooLow"), [100n * CRD - 1n, 100n * CRD]);
    await assertReverts(register(operator.account!.address, 1n << 56n), "DeviceStakeTooHigh");
    await assertReverts(register(operator.account!.address, 151n * CRD), "AccountInsufficient");
  });

  it("separate what the owner may do from what the operator may", async () => {
    const m = await setUp();
    const [, owner, operator, next] = m.wallets;
    const device = await m.addDevice(owner, operator);

    await assertReverts(m.send(operator, "setOperator", device, next.account!.address), "DeviceNotOwner");
    await assertReverts(m.send(operator, "unstake", device, 1n), "DeviceNotOwner");
    await assertReverts(m.send(operator, "retire", device), "DeviceNotOwner");
    await assertReverts(m.send(operator, "release", device), "DeviceNotOwner");
    await assertReverts(m.send(owner, "setEndpoint", device, "x", KEY), "DeviceNotOperator");
    await assertReverts(m.send(owner, "setOperator", device, zeroAddress), "DeviceZeroOperator");
    await assertReverts(m.send(owner, "setOperator", 99, next.account!.address), "DeviceUnknown");
    await assertReverts(m.send(operator, "setEndpoint", 99, "x", KEY), "DeviceUnknown");
    await m.send(owner, "setOperator", device, next.account!.address);
    const receipt = await m.send(next, "setEndpoint", device, "https://new", KEY);

    assert.equal(m.events(receipt, "EndpointSet")[0].args.endpoint, "https://new");
    assert.equal(await m.read("wasOperator", device, operator.account!.address), true);
    assert.equal(await m.read("wasOperator", device, next.account!.address), true);
    assert.equal(await m.read("wasOperator", device, owner.account!.address), false);
  });

  it("take more stake from anyone and give free stake back at once", async () => {
    const m = await setUp();
    const [, owner, operator, friend] = m.wallets;
    const device = await m.addDevice(owner, operator, { stake: 100n * CRD });
    await m.fund(friend, 10n * CRD);

    await m.send(friend, "addStake", device, 10n * CRD);
    assert.deepEqual(await assertReverts(m.send(owner, "unstake", device, 10n * CRD + 1n), "DeviceStakeLocked"), [device, 10n * CRD, 10n * CRD + 1n]);
    await m.send(owner, "unstake", device, 10n * CRD);

    assert.equal((await m.read<any>("device", device)).stake, 100n * CRD);
    await assertReverts(m.send(owner, "unstake", device, 0n), "AccountZeroAmount");
    await assertReverts(m.send(friend, "addStake", device, 0n), "AccountZeroAmount");
    await assertReverts(m.send(friend, "addStake", 77, 1n), "DeviceUnknown");
    await assertReverts(m.send(friend, "addStake", device, 1n << 56n), "DeviceStakeTooHigh");
    await m.assertSolvent();
  });

  it("retire, unbond and release everything", async () => {
    const m = await setUp();
    const [, owner, operator] = m.wallets;
    const device = await m.addDevice(owner, operator, { stake: 300n * CRD });
    await m.placeBid(operator, device);
    await assertReverts(m.send(owner, "release", device), "DeviceNotRetired");

    const receipt = await m.send(owner, "retire", device);

    assert.equal(m.events(receipt, "BidRemoved")[0].args.reason, 1);
    await assertReverts(m.send(owner, "retire", device), "DeviceIsRetired");
    await assertReverts(m.send(owner, "release", device), "DeviceUnbonding");
    await assertReverts(m.placeBid(operator, device), "DeviceIsRetired");
    await m.warpTo((await m.now()) + 10);
    await m.send(owner, "release", device);
    assert.equal(await m.read("balanceOf", owner.account!.address), 10_000n * CRD);
    await m.assertSolvent();
  });

  it("take capabilities from the registry only", async () => {
    const m = await setUp();
    const [, owner, operator] = m.wallets;
    const device = await m.addDevice(owner, operator);
    const capability = { classKey: WASM, scorePerLane: 1, memoryMiB: 1, lanes: 1, expiresAt: 1 };

    await assertReverts(m.send(operator, "setCapability", device, capability), "DeviceNotRegistry");
    await assertReverts(m.send(operator, "punish", device, 1n, owner.account!.address), "DeviceNotRegistry");
  });
});

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { encodeDeployData, zeroAddress, type WalletClient } from "viem";
import { artifactOf } from "../../scripts/deployment.ts";
import { assertReverts, bondUp, CRD, HOUR, root, setUp, State, type Terms } from "../support/market.ts";

const BURNED = "0x000000000000000000000000000000000000dEaD";
const DEMAND = { index: 0, output: false, firstLeaf: 0, leaves: 0 };

async function scene(changes: Partial<Terms> = {}) {
  const m = await setUp({ disputeSeconds: HOUR });
  const [, consumer, owner, operator, keeper, finder] = m.wallets;
  await m.fund(consumer);
  await m.fund(finder);
  const device = await m.addDevice(owner, operator);
  await m.placeBid(operator, device);
  const terms = await m.termsOf(consumer, changes);
  const { id, leases: [lease] } = await m.post(consumer, terms);
  const { abi } = artifactOf("test/Judge");
  const judge = (from: WalletClient, name: string, ...args: unknown[]) => m.call(m.verdictModule!, abi, from, name, [m.deployed.market, terms, lease, ...args]);
  return { m, consumer, owner, operator, keeper, finder, device, terms, id, lease, judge };
}

describe("a dispute", () => {
  it("can be opened by the module only, on a committed lease, in its window", async () => {
    const { m, operator, keeper, finder, terms, lease, judge } = await scene();
    await assertReverts(m.send(keeper, "openDispute", terms, lease, keeper.account!.address), "VerdictNotModule");
    await assertReverts(m.send(keeper, "resolve", terms, lease, true, keeper.account!.address), "VerdictNotModule");
    await assertReverts(judge(finder, "open"), "LeaseWrongState");
    await m.send(operator, "commit", terms, lease, root(1));
    await assertReverts(judge(finder, "rule", true), "LeaseWrongState");
    await m.warpTo((await m.now()) + 30);

    await assertReverts(judge(finder, "open"), "LeaseWindowOver");
  });

  it("bars settlement and acceptance until it is ruled on", async () => {
    const { m, consumer, operator, keeper, finder, terms, lease, judge } = await scene();
    const committed = await m.send(operator, "commit", terms, lease, root(1));

    const receipt = await judge(finder, "open");

    assert.equal(m.events(receipt, "Disputed")[0].args.challenger.toLowerCase(), finder.account!.address);
    assert.equal((await m.statusOf(lease)).state, State.Disputed);
    const windowEnd = Number(m.events(committed, "Committed")[0].args.finalAt);
    assert.equal(m.events(receipt, "Disputed")[0].args.until, windowEnd + HOUR);
    await m.warpTo((await m.now()) + 40);
    await assertReverts(m.send(keeper, "settle", terms, [lease]), "LeaseWrongState");
    await assertReverts(m.send(consumer, "accept", terms, [lease]), "LeaseWrongState");
    await assertReverts(m.send(keeper, "voidLease", terms, lease), "VerdictPending");
    await judge(finder, "rule", true);
    assert.equal((await m.statusOf(lease)).time, windowEnd);
    await m.send(keeper, "settle", terms, [lease]);
    await m.assertSolvent();
  });

  it("that is upheld early leaves the window as it was, so others may still challenge", async () => {
    const { m, operator, keeper, finder, terms, lease, judge } = await scene();
    const committed = await m.send(operator, "commit", terms, lease, root(1));
    await judge(finder, "open");
    await judge(finder, "rule", true);

    await assertReverts(m.send(keeper, "settle", terms, [lease]), "LeaseWindowOpen");

    await judge(keeper, "open");
    assert.equal((await m.statusOf(lease)).time, Number(m.events(committed, "Committed")[0].args.finalAt) + HOUR);
  });

  it("that proves a result wrong costs bond and minimum stake, half of it burned, and bans the device", async () => {
    const { m, consumer, operator, finder, device, terms, id, lease, judge } = await scene();
    await m.send(operator, "commit", terms, lease, root(1));
    await judge(finder, "open");
    const balance = (wallet: WalletClient) => m.read<bigint>("balanceOf", wallet.account!.address);
    const [ours, theirs] = [await balance(finder), await balance(consumer)];

    await judge(finder, "rule", false);

    const amount = bondUp(terms, 8) + 100n * CRD;
    const after = await m.read<any>("device", device);
    assert.equal(after.stake, 1_000n * CRD - amount);
    assert.equal(after.locked, 0n);
    assert.equal(after.banned, true);
    assert.equal(await m.read("balanceOf", BURNED), (amount + 1n) / 2n);
    assert.equal((await balance(consumer)) - theirs, amount / 5n);
    assert.equal((await balance(finder)) - ours, amount - (amount + 1n) / 2n - amount / 5n);
    assert.equal((await m.read<any>("offer", id)).freedRanges, 1);
    assert.equal((await m.read<any>("bid", device)).lanes, 0);
    await m.assertSolvent();
  });

  it("that a silent module never rules on is voided by anyone after its time", async () => {
    const { m, operator, keeper, finder, device, terms, id, lease, judge } = await scene();
    await m.send(operator, "commit", terms, lease, root(1));
    await judge(finder, "open");
    await m.warpTo((await m.now()) + 30 + HOUR + 1);
    await assertReverts(judge(finder, "rule", false), "LeaseWindowOver");

    await m.send(keeper, "voidLease", terms, lease);

    assert.equal((await m.read<any>("device", device)).locked, 0n);
    assert.equal((await m.read<any>("device", device)).stake, 1_000n * CRD);
    assert.equal((await m.read<any>("offer", id)).freedRanges, 1);
    await m.assertSolvent();
  });

  it("voids the banned device's other leases, leased or committed, unpaid and without a further slash", async () => {
    const { m, consumer, operator, keeper, finder, device, terms, lease, judge } = await scene();
    const others = [];
    for (let i = 0; i < 2; i++) {
      const t = await m.termsOf(consumer, { total: 2 });
      others.push({ terms: t, lease: (await m.post(consumer, t)).leases[0] });
    }
    await m.send(operator, "commit", terms, lease, root(1));
    await m.send(operator, "commit", others[0].terms, others[0].lease, root(2));
    await assertReverts(m.send(keeper, "voidLease", others[0].terms, others[0].lease), "LeaseNotVoid");
    await judge(finder, "open");
    await judge(finder, "rule", false);
    const { stake } = await m.read<any>("device", device);

    await assertReverts(m.send(operator, "commit", others[1].terms, others[1].lease, root(3)), "LeaseVoid");
    await assertReverts(m.send(consumer, "accept", others[0].terms, [others[0].lease]), "LeaseVoid");
    for (const other of others) {
      await m.send(keeper, "voidLease", other.terms, other.lease);
      await assertReverts(m.send(keeper, "voidLease", other.terms, other.lease), "LeaseUnknown");
    }

    const after = await m.read<any>("device", device);
    assert.equal(after.stake, stake);
    assert.equal(after.locked, 0n);
    await m.assertSolvent();
  });

  it("does not let a liar escape by failing its own demand, and keeps the demand through the dispute", async () => {
    const { m, operator, keeper, finder, terms, lease, judge } = await scene();
    await m.send(operator, "commit", terms, lease, root(1));
    await m.send(finder, "demand", terms, lease, DEMAND);
    await judge(finder, "open");
    assert.equal((await m.statusOf(lease)).demanded, true);
    await m.warpTo((await m.now()) + 11);

    await assertReverts(m.send(keeper, "failDemand", terms, lease), "LeaseWrongState");

    const before = await m.read<bigint>("balanceOf", finder.account!.address);
    const amount = bondUp(terms, 8) + 100n * CRD;
    await judge(finder, "rule", false);
    assert.equal((await m.read<bigint>("balanceOf", finder.account!.address)) - before, 10_000n + amount - (amount + 1n) / 2n - amount / 5n);
    await m.assertSolvent();
  });

  it("needs a module that ends in time, and the market sound numbers", async () => {
    const m = await setUp({ disputeSeconds: HOUR });
    const sound = await m.read<object>("parameters");
    const endless = artifactOf("test/Judge");
    const hash = await m.deployer.deployContract({ ...endless, args: [31 * 24 * HOUR], account: m.deployer.account!, chain: m.deployer.chain });
    const verdictModule = (await m.client.waitForTransactionReceipt({ hash })).contractAddress!;
    const { abi, bytecode } = artifactOf("market/MarketLens");
    const deploy = (changes: object) => m.client.call({
      account: m.deployer.account!,
      data: encodeDeployData({ abi, bytecode, args: [m.deployed.token, m.deployed.registry, { ...sound, ...changes }] }) });

    await deploy({});
    for (const unsound of [
      { verdictModule }, { declineBps: 10_001 }, { expireBps: 10_001 }, { feeBps: 1_001 }, { maxFills: 0 }, { maxFills: 257 }, { lookAhead: 257 },
      { feeRecipient: zeroAddress }]) {
      await assertReverts(deploy(unsound), "VerdictParameters");
    }
  });
});

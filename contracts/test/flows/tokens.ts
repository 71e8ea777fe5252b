import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { assertReverts, CRD, setUp, tokenAbi } from "../support/market.ts";
import { artifactOf } from "../../scripts/deployment.ts";

const odd = (name: string) => ({ token: `test/OddTokens/${name}` });

describe("an odd token", () => {
  it("that keeps a fee is refused at deposit", async () => {
    const m = await setUp(odd("FeeToken"));
    const [, alice] = m.wallets;

    assert.deepEqual(await assertReverts(m.fund(alice, 100n * CRD), "AccountDepositShort"), [100n * CRD, 99n * CRD]);
    await m.assertSolvent();
  });

  it("that answers false is refused at deposit", async () => {
    const m = await setUp(odd("FalseToken"));
    const [, alice] = m.wallets;

    await assertReverts(m.fund(alice, 100n * CRD), "SafeERC20FailedOperation");
  });

  for (const withdraws of [true, false]) {
    it(`that calls ${withdraws ? "withdraw" : "deposit"} back is refused`, async () => {
      const m = await setUp(odd("ReentrantToken"));
      const [deployer, alice] = m.wallets;
      await m.fund(alice, 100n * CRD);
      const { abi } = artifactOf("test/OddTokens/ReentrantToken");
      await m.call(m.deployed.token, tokenAbi, alice, "approve", [m.deployed.market, 100n * CRD]);
      await m.call(m.deployed.token, abi, deployer, "arm", [m.deployed.market, CRD, withdraws]);

      await assertReverts(m.send(alice, "withdraw", CRD), "ReentrancyGuardReentrantCall");
      await m.assertSolvent();
    });
  }
});

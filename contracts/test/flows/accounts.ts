import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { maxUint256, parseSignature, toHex } from "viem";
import { assertReverts, CRD, setUp, tokenAbi } from "../support/market.ts";

describe("accounts", () => {
  it("deposit and withdraw move exactly what they say", async () => {
    const m = await setUp();
    const [, alice] = m.wallets;
    await m.fund(alice, 50n * CRD);

    await m.send(alice, "withdraw", 20n * CRD);

    assert.equal(await m.read("balanceOf", alice.account!.address), 30n * CRD);
    assert.equal(await m.token.read.balanceOf([alice.account!.address]), 20n * CRD);
    await m.assertSolvent();
  });

  it("deposit with a permit needs no approval", async () => {
    const m = await setUp();
    const [deployer, alice] = m.wallets;
    const owner = alice.account!.address;
    await m.call(m.deployed.token, tokenAbi, deployer, "mint", [owner, 5n * CRD]);
    const signature = parseSignature(await alice.signTypedData({
      account: alice.account!,
      domain: { name: "Compute credit", version: "1", chainId: 31337, verifyingContract: m.deployed.token },
      types: { Permit: [
        { name: "owner", type: "address" }, { name: "spender", type: "address" }, { name: "value", type: "uint256" },
        { name: "nonce", type: "uint256" }, { name: "deadline", type: "uint256" }] },
      primaryType: "Permit",
      message: { owner, spender: m.deployed.market, value: 5n * CRD, nonce: 0n, deadline: maxUint256 },
    }));
    const v = Number(signature.v ?? 27n + BigInt(signature.yParity));

    await m.send(alice, "depositWithPermit", 5n * CRD, maxUint256, v, signature.r, signature.s);

    assert.equal(await m.read("balanceOf", owner), 5n * CRD);
    await m.assertSolvent();
  });

  it("deposit with a permit that somebody already used goes on with the allowance", async () => {
    const m = await setUp();
    const [deployer, alice] = m.wallets;
    await m.call(m.deployed.token, tokenAbi, deployer, "mint", [alice.account!.address, 5n * CRD]);
    await m.call(m.deployed.token, tokenAbi, alice, "approve", [m.deployed.market, 5n * CRD]);

    await m.send(alice, "depositWithPermit", 5n * CRD, maxUint256, 27, toHex(1, { size: 32 }), toHex(1, { size: 32 }));

    assert.equal(await m.read("balanceOf", alice.account!.address), 5n * CRD);
  });

  it("refuses nothing and more than there is", async () => {
    const m = await setUp();
    const [, alice] = m.wallets;
    await m.fund(alice, CRD);

    await assertReverts(m.send(alice, "deposit", 0n), "AccountZeroAmount");
    await assertReverts(m.send(alice, "withdraw", 0n), "AccountZeroAmount");
    assert.deepEqual((await assertReverts(m.send(alice, "withdraw", CRD + 1n), "AccountInsufficient")).slice(1), [CRD, CRD + 1n]);
    await assertReverts(m.send(alice, "deposit", CRD), "ERC20InsufficientAllowance");
  });

  it("only the minter mints", async () => {
    const m = await setUp();
    const [, alice] = m.wallets;

    await assertReverts(m.call(m.deployed.token, tokenAbi, alice, "mint", [alice.account!.address, 1n]), "TokenNotMinter");
  });
});

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { encodeDeployData, getContractAddress, keccak256, type Hex } from "viem";
import { artifactOf } from "../../scripts/deployment.ts";
import { assertReverts, bondUp, CRD, State } from "../support/market.ts";
import { packedLease, packedTerms, packedWork } from "../support/words.ts";
import { ANSWER, BOND, BURNED, DEPOSIT, disputed, FIRST, INCREMENT, pathOf, Piece, POOL, programOf, Stage, tale, type Request } from "../support/disputes.ts";

describe("a challenge", () => {
  it("opens a game from the first state that the terms give, and stops settlement", async () => {
    const { m, challenger, operator, keeper, first, keyOf, gameOf, open, events, game, read, assertHolds, clock } = await disputed();

    const receipt = await open(challenger);

    const { args } = events(receipt).find(({ name }) => name === "LeaseChallenged")!;
    assert.deepEqual([args.game, args.leaseKey, args.index, args.rounds, args.firstMoves], [await gameOf(challenger), await keyOf(), 0, 7, FIRST]);
    const table = await game(challenger);
    assert.deepEqual([table.provider.toLowerCase(), table.challenger.toLowerCase(), table.stage], [operator.account!.address, challenger.account!.address, Stage.Running]);
    assert.equal(await clock(challenger), (await m.now()) + POOL + FIRST);
    assert.equal((await m.statusOf(first.lease)).state, State.Disputed);
    const windowEnd = Number(m.events(first.receipt, "Committed")[0].args.finalAt);
    const patience = Number(await read("maxDisputeSeconds"));
    assert.equal((await read<any>("dispute", await keyOf())).until, windowEnd + patience);
    await m.warpTo(windowEnd + 1);
    await assertReverts(m.send(keeper, "settle", first.terms, [first.lease]), "LeaseWrongState");
    await assertHolds(BOND);
  });

  it("is refused without the truth about what was committed to", async () => {
    const s = await disputed();
    const { m, challenger, other, accusation, send, first, program } = s;
    const attempt = (changed: object, error: string, index = 0, hashes = tale(0)) => assertReverts(send(challenger, "open", accusation(index, first, changed), hashes), error);
    const good = accusation(0);
    const nothing = packedWork({ ...s.work, program: keccak256("0x02") });

    await attempt({ scope: { ...good.scope, classKey: 1 } }, "DisputeScope");
    await attempt({ work: nothing }, "DisputeWork");
    await attempt({ program: programOf(11) }, "DisputeProgram");
    await attempt({ program: `${program}00` }, "DisputeProgram");
    await attempt({ input: s.manifest[1] }, "WorkInputRecord");
    await attempt({ inputProof: accusation(1).inputProof }, "WorkInputRecord");
    await attempt({ record: s.records[1] }, "DisputeRecord");
    await attempt({ recordProof: accusation(1).recordProof }, "DisputeRecord");
    await attempt({ terms: packedTerms({ ...first.terms, nonce: 99n }) }, "LeaseUnknown");
    await attempt({ lease: packedLease({ ...first.lease, attempt: 1 }) }, "LeaseUnknown");
    await attempt({}, "DisputeRecordMalformed", 2);
    await attempt({}, "GameNothingDisputed", 0, [...tale(0).slice(0, 31), keccak256(`0x${s.records[0].slice(2, 110)}`)]);
    await s.open(challenger);
    await assertReverts(s.open(challenger), "GameExists");
    await s.open(other);
    await m.warpTo((await m.now()) + 30);
    await assertReverts(s.open(challenger, 1), "DisputeWindowOver");
  });

  it("is refused of programs that no module lowers to, of inputs of another kind, and of what cannot be judged in time", async () => {
    const deep = await disputed({}, {}, 22);
    await assertReverts(deep.open(deep.challenger), "DisputeProgram");
    const large = await disputed({}, {}, 10, 1n << 32n);
    await assertReverts(large.open(large.challenger), "DisputeInputLength");
    const s = await disputed();
    const { terms, ...rest } = s.accusation(0);
    await assertReverts(s.send(s.challenger, "open", { ...rest, terms: { ...terms, cost: terms.cost | (0xffffffffn << 192n) } }, tale(0)), "DisputeTooLong");
    await assertReverts(s.send(s.challenger, "open", s.accusation(0, s.first, { index: 9, input: s.manifest[0] }), tale(0)), "WorkInputRecord");
    await assertReverts(s.settle(s.keeper, s.challenger), "DisputeGameUnknown");
  });

  it("needs a bond, which a loser pays: 60 % to the owner, the rest burned", async () => {
    const { m, challenger, keeper, owner, operator, first, accusation, open, reply, timeout, settle, owed, send, assertHolds, game } = await disputed();
    await assertReverts(send(keeper, "open", accusation(0), tale(0)), "ERC20InsufficientAllowance");
    await open(challenger);
    await assertReverts(timeout(keeper, challenger), "GameClockRuns");
    await reply();
    await assertReverts(settle(keeper, challenger), "DisputeGameRuns");
    await m.warpTo((await m.now()) + POOL + FIRST + 1);

    await timeout(keeper, challenger);
    assert.equal((await game(challenger)).stage, Stage.ProviderWon);
    await settle(keeper, challenger);

    assert.deepEqual([await owed(owner), await owed(operator), await owed(BURNED), await owed(challenger)], [BOND * 60n / 100n, 0n, BOND * 40n / 100n, 0n]);
    await assertReverts(settle(keeper, challenger), "DisputeGameSettled");
    await assertHolds(0n);
    // The window has passed meanwhile: the lease is paid.
    await m.send(keeper, "settle", first.terms, [first.lease]);
    await send(owner, "withdraw");
    await assertReverts(send(owner, "withdraw"), "DisputeNothingOwed");
    assert.equal(await owed(owner), 0n);
    await assertHolds(0n);
  });

  it("is refused with an asset that keeps a part of every transfer", async () => {
    const { m, challenger, judge, accusation, send } = await disputed({}, { bondToken: "test/OddTokens/FeeToken" });
    const odd = artifactOf("test/OddTokens/FeeToken").abi;
    const asset = getContractAddress({ from: m.deployer.account!.address, nonce: 1n });
    await m.callRaw(asset, odd, m.deployer, "mint", [challenger.account!.address, 10n * CRD]);
    await m.callRaw(asset, odd, challenger, "approve", [judge, 10n * CRD]);

    assert.deepEqual(await assertReverts(send(challenger, "open", accusation(0), tale(0)), "DisputeBondShort"), [BOND, BOND * 99n / 100n]);
  });

  it("is dissected as often as it has rounds, and then proven", async () => {
    const { challenger, operator, open, events, gameOf, send, game } = await disputed();
    const { from } = events(await open(challenger)).find(({ name }) => name === "GameOpened")!.args;
    const id = await gameOf(challenger);
    const parting = (hashes: Hex[]) => ({ from, index: 1n, agreed: from, agreedPath: [], disputed: hashes[0], disputedPath: pathOf(hashes, 0) });
    let last = tale(0);
    for (let move = 1; move < 7; move++) {
      const next = tale(100 + move);
      await assertReverts(send(move % 2 === 1 ? operator : challenger, "prove", id, parting(last), "0x"), "GameStillDissecting");
      await send(move % 2 === 1 ? operator : challenger, "dissect", id, parting(last), next);
      last = next;
    }
    assert.equal((await game(challenger)).moves, 7);

    await assertReverts(send(operator, "dissect", id, parting(last), tale(200)), "GameFullyDissected");
    await assertReverts(send(challenger, "prove", id, parting(last), "0x"), "GameNotMover");
    await assertReverts(send(operator, "prove", id, parting(last), "0x"), "ByteTreeProofTooShort");
  });

  it("that is won voids the lease, slashes its device and gives the bond back; copycats get theirs back too", async () => {
    const { m, challenger, other, keeper, consumer, device, first, open, timeout, settle, owed, assertHolds, game, reply, send } = await disputed();
    const second = await m.post(consumer, await m.termsOf(consumer, { total: 2 }));
    await open(challenger);
    await open(other);
    await reply(0, other);
    await m.warpTo((await m.now()) + POOL + INCREMENT + FIRST + 1);
    const balance = (account: string) => m.read<bigint>("balanceOf", account);
    const before = [await balance(challenger.account!.address), await balance(consumer.account!.address), await balance(BURNED)];
    await timeout(keeper, challenger);

    const receipt = await settle(keeper, challenger);

    const amount = bondUp(first.terms, 5) + 100n * CRD;
    const after = [await balance(challenger.account!.address), await balance(consumer.account!.address), await balance(BURNED)];
    assert.deepEqual(after.map((now, i) => now - before[i]), [amount - (amount + 1n) / 2n - amount / 5n, amount / 5n, (amount + 1n) / 2n]);
    assert.equal(m.events(receipt, "Resolved")[0].args.upheld, false);
    assert.equal((await m.read<any>("device", device)).banned, true);
    assert.equal(await owed(challenger), BOND);
    await assertHolds(BOND);
    await settle(other, other); // its game still ran
    assert.deepEqual([await owed(other), (await game(other)).stage], [BOND, Stage.Settled]);
    await assertReverts(timeout(keeper, other), "GameOver");
    await m.send(keeper, "voidLease", m.offers.get(second.id)!.terms, second.leases[0]);
    assert.equal((await m.read<any>("device", device)).stake, 1_000n * CRD - amount);
    await send(challenger, "withdraw");
    await assertHolds(0n);
  });

  it("that is lost on purpose, early, takes nothing from an honest one", async () => {
    const { m, challenger, other, keeper, first, open, reply, timeout, settle } = await disputed({ windowSeconds: 600 });
    await open(challenger);
    await reply();
    await m.warpTo((await m.now()) + POOL + FIRST + 1);
    await timeout(keeper, challenger);
    await settle(keeper, challenger);
    assert.equal((await m.statusOf(first.lease)).state, State.Committed);
    await assertReverts(m.send(keeper, "settle", first.terms, [first.lease]), "LeaseWindowOpen");

    await open(other);
    await m.warpTo((await m.now()) + POOL + FIRST + 1);
    await timeout(keeper, other);
    await settle(keeper, other);

    assert.equal((await m.statusOf(first.lease)).state, State.None);
    await m.assertSolvent();
  });

  it("of a device by its own owner always loses money", async () => {
    const { m, owner, consumer, device, first, open, timeout, settle, owed } = await disputed();
    const worth = async () => (await m.read<bigint>("balanceOf", owner.account!.address)) + (await m.read<any>("device", device)).stake + await owed(owner)
      + (await m.client.readContract({ address: m.deployed.token, abi: m.token.abi, functionName: "balanceOf", args: [owner.account!.address] } as never) as bigint);
    const before = await worth();
    await open(owner);
    await m.warpTo((await m.now()) + POOL + FIRST + 1);
    await timeout(owner, owner);
    await settle(owner, owner);

    const amount = bondUp(first.terms, 5) + 100n * CRD;
    // Even with the consumer's share, were it the owner too, half of the slash is lost.
    assert.equal(before - (await worth()), (amount + 1n) / 2n + amount / 5n);
    assert.ok((await m.read<bigint>("balanceOf", consumer.account!.address)) > 0n);
    await m.assertSolvent();
  });

  it("one of 32 games side by side is enough, and a provider's clocks grow with games against it", async () => {
    const { m, keeper, wallets, open, clock, timeout, settle, owed, assertHolds, read, keyOf } = await manyChallengers();
    const opened = await m.now();
    for (const by of wallets.slice(0, 8)) for (const index of [0, 1, 3, 4]) await open(by, index);
    assert.equal((await read<any>("dispute", await keyOf())).games, 32);
    assert.ok(await clock(wallets[0]) >= opened + POOL + FIRST + 31 * INCREMENT);
    await m.warpTo((await m.now()) + POOL + FIRST + 32 * INCREMENT + 1);
    await timeout(keeper, wallets[3], 3);

    await settle(keeper, wallets[3], 3);

    await assertHolds(31n * BOND);
    for (const by of wallets.slice(0, 8)) for (const index of [0, 1, 3, 4]) if (by !== wallets[3] || index !== 3) await settle(keeper, by, index);
    for (const by of wallets.slice(0, 8)) assert.equal(await owed(by), 4n * BOND);
    await assertHolds(0n);
  });

  it("that the judge is silent about frees the lease and gives every bond back", async () => {
    const { m, challenger, other, keeper, device, first, open, settle, owed, assertHolds, read } = await disputed();
    await open(challenger);
    await open(other, 1);
    await m.warpTo(Number(m.events(first.receipt, "Committed")[0].args.finalAt) + Number(await read("maxDisputeSeconds")) + 1);
    await m.send(keeper, "voidLease", first.terms, first.lease);

    await settle(keeper, challenger);
    await settle(keeper, other, 1);

    assert.deepEqual([await owed(challenger), await owed(other), (await m.read<any>("device", device)).stake], [BOND, BOND, 1_000n * CRD]);
    await assertHolds(0n);
  });

  it("takes its bond from what is owed first", async () => {
    const { m, challenger, keeper, request, close, open, assertHolds, owed } = await disputed({ windowSeconds: 600 });
    const tokens = () => m.client.readContract({ address: m.deployed.token, abi: m.token.abi, functionName: "balanceOf", args: [challenger.account!.address] } as never);
    const what = { piece: Piece.Record, index: 1, firstLeaf: 0, leaves: 0 };
    await request(challenger, what);
    await open(challenger);
    await m.warpTo((await m.now()) + ANSWER + 1);
    await close(keeper, what);
    assert.deepEqual([await owed(challenger), await tokens()], [DEPOSIT, 99n * CRD - DEPOSIT]);

    await request(challenger, { ...what, index: 3 });

    assert.deepEqual([await owed(challenger), await tokens()], [0n, 99n * CRD - DEPOSIT]);
    await assertHolds(BOND, DEPOSIT);
  });

  it("of a record that no run can end with needs no game and no bond", async () => {
    const { m, challenger, keeper, device, first, send, events, accusation, records, assertHolds, keyOf, open, other, settle, owed } = await disputed();
    const { recordProof } = accusation(2);
    const overturn = (index: number, record = records[index], proof = accusation(index).recordProof) =>
      send(challenger, "overturn", packedTerms(first.terms), packedLease(first.lease), index, record, proof);
    await open(other);

    await assertReverts(overturn(0), "DisputeRecordSound");
    await assertReverts(overturn(2, records[0], recordProof), "DisputeRecord");
    await assertReverts(overturn(5, records[0], recordProof), "DisputeIndex");
    const receipt = await overturn(2);

    assert.deepEqual(events(receipt).map(({ name, args }) => [name, args.leaseKey, args.finder?.toLowerCase()]), [["RecordOverturned", await keyOf(), challenger.account!.address]]);
    assert.equal((await m.read<any>("device", device)).banned, true);
    await assertReverts(overturn(2), "LeaseUnknown");
    await settle(keeper, other);
    assert.equal(await owed(other), BOND);
    await assertHolds(0n);
  });
});

async function manyChallengers() {
  const s = await disputed({ windowSeconds: 900 });
  const wallets = s.m.wallets.slice(5, 13);
  for (const wallet of wallets) {
    await s.m.callRaw(s.m.deployed.token, s.m.token.abi, s.m.deployer, "mint", [wallet.account!.address, 100n * CRD]);
    await s.m.callRaw(s.m.deployed.token, s.m.token.abi, wallet, "approve", [s.judge, 100n * CRD]);
  }
  return { ...s, wallets };
}

describe("a judge", () => {
  it("needs sound numbers, and a market that asks no more of it than it can judge", async () => {
    const { m } = await disputed();
    const { abi, bytecode } = artifactOf("dispute/DisputeGame");
    const rules = { bond: 1n, requestDeposit: 1n, answerSeconds: 1, poolSeconds: 1, incrementSeconds: 1, stepsPerSecond: 1_000_000, maxMfuel: 1 };
    const deploy = (changes: object) => m.client.call({
      account: m.deployer.account!, data: encodeDeployData({ abi, bytecode, args: [m.deployed.market, m.deployed.token, m.deployed.stepVm, { ...rules, ...changes }] }) });

    await deploy({});
    for (const unsound of [{ bond: 0n }, { answerSeconds: 0 }, { poolSeconds: 0 }, { stepsPerSecond: 0 }, { poolSeconds: 2 ** 32 - 1 }]) {
      await assertReverts(deploy(unsound), "DisputeParametersUnsound");
    }
    const parameters = await m.read<any>("parameters");
    const lens = artifactOf("market/MarketLens");
    const market = (changes: object) => m.client.call({
      account: m.deployer.account!, data: encodeDeployData({ ...lens, args: [m.deployed.token, m.deployed.registry, { ...parameters, ...changes }] }) });
    await market({});
    await assertReverts(market({ maxMfuel: parameters.maxMfuel + 1 }), "VerdictParameters");
  });
});

describe("random disputes", () => {
  it("leave no unit behind, whatever is done in whatever order", async () => {
    for (const seed of [1, 2, 3]) await play(seed, 120);
  });
});

/** Random calls by three people on two leases; after each the judge holds exactly what it must. */
async function play(seed: number, moves: number): Promise<void> {
  const s = await disputed({ windowSeconds: 240 });
  const second = await s.postAndCommit();
  const people = [s.challenger, s.other, s.owner];
  const games = new Map<string, () => Promise<{ stage: number }>>();
  const asked = new Map<string, () => Promise<readonly [number, string, number]>>();
  const tables: { by: typeof s.challenger; index: number; lease: typeof s.first }[] = [];
  const wanted: { what: Request; lease: typeof s.first }[] = [];
  let state = seed;
  const pick = <T>(from: readonly T[]): T => {
    state = Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x6d2b79f5 | 0;
    return from[((state ^ (state >>> 13)) >>> 0) % from.length];
  };
  let done = 0;
  for (let i = 0; i < moves; i++) {
    const by = pick(people);
    let [index, lease] = [pick([0, 1, 3, 4]), pick([s.first, second])];
    let what: Request = pick([
      { piece: Piece.Record, index, firstLeaf: 0, leaves: 0 }, { piece: Piece.Module, index: 0, firstLeaf: 0, leaves: pick([1, 8]) },
      { piece: Piece.Stdin, index, firstLeaf: 0, leaves: 4 }]);
    const move = pick(["open", "open", "open", "reply", "timeout", "settle", "settle", "request", "request", "show", "close", "overturn", "withdraw", "warp", "void", "pay"]);
    let whose = by;
    if (["reply", "timeout", "settle"].includes(move) && tables.length > 0) ({ by: whose, index, lease } = pick(tables));
    if (["show", "close"].includes(move) && wanted.length > 0) ({ what, lease } = pick(wanted));
    if (move === "reply" && tables.length === 0) continue;
    try {
      if (move === "open") {
        await s.open(by, index, lease);
        tables.push({ by, index, lease });
        const id = await s.gameOf(by, index, lease);
        games.set(String(id), () => s.read("game", id));
      } else if (move === "reply") await s.reply(index, whose, lease);
      else if (move === "timeout") await s.timeout(by, whose, index, lease);
      else if (move === "settle") await s.settle(by, whose, index, lease);
      else if (move === "request") {
        await s.request(by, what, lease);
        wanted.push({ what, lease });
        const id = await s.read<bigint>("requestIdOf", await s.keyOf(lease), what);
        asked.set(String(id), () => s.read("requestOf", id));
      } else if (move === "show") await s.show(by, what, {}, lease);
      else if (move === "close") await s.close(by, what, lease);
      else if (move === "overturn" && i % 8 === 0) {
        await s.send(by, "overturn", packedTerms(lease.terms), packedLease(lease.lease), 2, s.records[2], s.accusation(2).recordProof);
      } else if (move === "withdraw") await s.send(by, "withdraw");
      else if (move === "warp") await s.m.warpTo((await s.m.now()) + pick([3, 12, 40, 90]));
      else if (move === "void") await s.m.send(s.keeper, "voidLease", lease.terms, lease.lease);
      else if (move === "pay") await s.m.send(s.keeper, "settle", lease.terms, [lease.lease]);
      done++;
    } catch (error: any) {
      // Refusals are fine: other tests say which call is refused when. A defect of the test is not.
      assert.ok(typeof error.data === "string" || /revert/.test(String(error.message)), `seed ${seed}, move ${i} ${move}: ${error.stack}`);
    }
    const bonds = (await Promise.all([...games.values()].map((game) => game()))).filter(({ stage }) => stage !== Stage.Settled).length;
    const deposits = (await Promise.all([...asked.values()].map((request) => request()))).filter(([stage]) => stage === 1).length;
    await s.assertHolds(BigInt(bonds) * BOND, BigInt(deposits) * DEPOSIT).catch((error) => assert.fail(`seed ${seed}, move ${i} ${move}: ${error.message}`));
  }
  assert.ok(done > moves / 5, `seed ${seed}: only ${done} of ${moves} moves were made`);
}

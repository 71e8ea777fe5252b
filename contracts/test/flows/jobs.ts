import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { hexToBytes, toHex, zeroHash, type Hex } from "viem";
import { artifactOf } from "../../scripts/deployment.ts";
import { assertReverts, CHEAP, CRD, HOUR, root, TRUSTED } from "../support/market.ts";
import { EACH, JobIs, Kind, MAP, packedTerms, ruleHash, setUpJobs, Stage, stageOf } from "../support/jobs.ts";
import { leavesOf, proofOf, recordOf, rootOf } from "../support/tree.ts";
import { packedLease } from "../support/words.ts";

describe("a job", () => {
  it("runs to its end by anyone's calls after its owner has gone, and refunds what is left to the unit", async () => {
    const { m, owner, keeper, said, wealth, posted, commit, record, finish, send } = await setUpJobs();
    const before = await wealth(owner);
    const { job, jobId, account, open, status, stage } = await posted([MAP(), EACH()], { tip: 1_000n });
    assert.equal(await wealth(owner), before - 200n * CRD);
    assert.equal(await m.read("balanceOf", account), 200n * CRD);

    const map = await open(keeper, 0);
    const mapped = await commit(map, 1);
    await record(keeper, job, 0, map, mapped);
    const each = await open(keeper, 1, [mapped]);
    const eached = await commit(each, 2);
    await finish(keeper, job, 0, map, mapped);
    await record(keeper, job, 1, each, eached);
    await finish(keeper, job, 1, each, eached);
    const ended = await send(keeper, "endJob", job);

    assert.equal(said(ended, "JobEnded")[0].state, JobIs.Finished);
    assert.equal((await stage(1)).state, Stage.Final);
    assert.equal((await status()).done, 3n);
    // Two openings, two commitments, two finals and the end.
    assert.equal(await wealth(keeper), 7n * 1_000n);
    const paid = 2n * (await m.read<bigint>("payOf", map.terms, map.leases[0]) + await m.read<bigint>("payOf", map.terms, map.leases[1] ?? map.leases[0]) * BigInt(map.leases.length - 1));
    assert.equal(await wealth(owner), before - paid - 7_000n);
    assert.equal(await m.read("balanceOf", account), 0n);
    assert.equal(said(ended, "JobRefunded")[0].jobId, jobId);
    await m.assertSolvent();
  });

  it("names the inputs of a later stage by the roots of the earlier one's leases", async () => {
    const { m, keeper, posted, commit, record } = await setUpJobs({}, [1, 1]);
    // A lane ends 48 tasklets of 1,000 Mfuel in a minute's lease, so eighty need both devices.
    const { job, open } = await posted([stageOf(0, { total: 80 }), EACH()]);
    const map = await open(keeper, 0);
    const mapped = await commit(map, 1);
    await record(keeper, job, 0, map, mapped);

    const each = await open(keeper, 1, [mapped]);

    assert.ok(mapped.roots.length > 1);
    assert.equal(each.terms.total, 80);
    const rule = { kind: Kind.Each, join: 0, size: 0, frame: "0x1234", sources: [{ counts: [...map.leases].sort((a, b) => a.first - b.first).map((l) => l.count), roots: mapped.roots }] };
    assert.deepEqual(each.rule, rule);
    const [posting] = m.events(each.receipt, "OfferPosted");
    assert.equal(posting.args.work.manifest, ruleHash(rule));
    assert.equal(posting.args.work.limits >> 96n, BigInt(Kind.Each));
    await m.assertSolvent();
  });

  it("shapes groups, joins of two parents, and what a planner's output fans out to", async () => {
    const { m, keeper, posted, commit, record } = await setUpJobs();
    const stages = [
      MAP(),
      stageOf(1, { kind: Kind.Each, stages: [0] }),
      stageOf(2, { kind: Kind.Group, stages: [0, 1], size: 3 }),
      stageOf(3, { kind: Kind.Group, stages: [2], size: 0 }),
      stageOf(4, { kind: Kind.FanOut, stages: [3], size: 7 }),
    ];
    const { job, open } = await posted(stages);
    const bound = async (index: number, sources: any[], roots?: Hex[], fanOut?: any) => {
      const opened = await open(keeper, index, sources, fanOut);
      const results = await commit(opened, index + 1, roots);
      await record(keeper, job, index, opened, results);
      return { opened, results };
    };
    const map = await bound(0, []);
    const each = await bound(1, [map.results]);
    const groups = await bound(2, [map.results, each.results]);
    assert.equal(groups.opened.terms.total, 3);

    // The planner's one output: a head that counts five frames, and the frames.
    const output = new Uint8Array(700);
    output.set(new TextEncoder().encode("MKTLIST1"));
    output[15] = 5;
    const leaves = leavesOf(output);
    const list = recordOf(700, rootOf(leaves)).replace("0x0100", "0x0101") as Hex; // exited with 0
    const all = await bound(3, [groups.results], [rootOf([list])]);
    assert.equal(all.opened.terms.total, 1);
    const fanOut = { record: list, head: leaves[0], siblings: proofOf(leaves, 0) };
    const forged = { ...fanOut, head: toHex(hexToBytes(leaves[0]).with(15, 6)) };
    await assertReverts(open(keeper, 4, [all.results], forged), "StageFanOut");
    await assertReverts(open(keeper, 4, [all.results], { ...fanOut, siblings: fanOut.siblings.slice(1) }), "StageFanOut");
    await assertReverts(open(keeper, 4, [all.results]), "StageFanOut");
    await assertReverts(open(keeper, 4, [all.results], { ...fanOut, record: recordOf(700, rootOf(leaves)) }), "StageFanOut");

    const fan = await open(keeper, 4, [all.results], fanOut);

    assert.equal(fan.terms.total, 5);
    await m.assertSolvent();
  });

  it("that is trusted can be recorded though every lease is paid at once", async () => {
    const { m, keeper, posted, commit, record, send, wealth, owner } = await setUpJobs();
    const { job, open, stage } = await posted([stageOf(0, { verdict: TRUSTED, windowSeconds: 0, devices: [1, 2] })]);
    const map = await open(keeper, 0);
    const results = await commit(map);

    await record(keeper, job, 0, map, results);

    assert.equal((await stage(0)).state, Stage.Final);
    await send(keeper, "endJob", job);
    assert.ok(await wealth(owner) > 990n * CRD);
    await m.assertSolvent();
  });

  it("has a silent device appear by its owner's word alone, and leases its range to another if it does not", async () => {
    const { m, owner, keeper, posted, commit, record, send } = await setUpJobs();
    const { job, open } = await posted([MAP()]);
    const map = await open(keeper, 0);
    const [silent] = map.leases;
    await assertReverts(send(keeper, "summonDevice", job, packedTerms(map.terms), packedLease(silent)), "JobNotOwner");
    await send(owner, "summonDevice", job, packedTerms(map.terms), packedLease(silent));
    await m.warpTo((await m.now()) + 11);

    await m.send(keeper, "expire", map.terms, silent);

    const again = await m.matchOffer(keeper, map.terms);
    assert.ok(again.leases.every((lease) => lease.device !== silent.device));
    const whole = { ...map, leases: [...map.leases.filter((lease) => lease !== silent), ...again.leases] };
    await record(keeper, job, 0, whole, await commit(whole));
    await m.assertSolvent();
  });

  it("is accepted, and asked for pieces, by its owner alone", async () => {
    const { m, owner, keeper, operators, posted, commit, record, send, said } = await setUpJobs();
    const { job, open, stage } = await posted([MAP()]);
    const map = await open(keeper, 0);
    const leaves = leavesOf(new Uint8Array(8 * 128));
    const results = await commit(map, 1, [rootOf(leaves)]);
    await record(keeper, job, 0, map, results);
    const demand = { index: 0, output: true, firstLeaf: 0, leaves: 1 };
    await assertReverts(send(keeper, "demandPiece", job, packedTerms(map.terms), results.leases[0], demand), "JobNotOwner");
    await assertReverts(send(keeper, "acceptLeases", job, packedTerms(map.terms), results.leases), "JobNotOwner");

    await send(owner, "demandPiece", job, packedTerms(map.terms), results.leases[0], demand);
    await assertReverts(send(owner, "acceptLeases", job, packedTerms(map.terms), results.leases), "DemandOpen");
    await m.send(operators.get(map.leases[0].device)!, "answer", map.terms, map.leases[0], leaves[0], proofOf(leaves, 0), "0x", []);
    await send(owner, "acceptLeases", job, packedTerms(map.terms), results.leases);

    await record(keeper, job, 0, map, results);
    assert.equal((await stage(0)).state, Stage.Final);
    assert.equal(said(await send(keeper, "endJob", job), "JobEnded")[0].state, JobIs.Finished);
    await m.assertSolvent();
  });

  it("takes its owner's signature for an acceptance that a device hands in with the result", async () => {
    const { m, owner, keeper, operators, posted, record } = await setUpJobs();
    const { job, open, stage } = await posted([MAP()]);
    const map = await open(keeper, 0);
    const [lease] = map.leases;
    const domain = { name: "ComputeMarket", version: "1", chainId: 31337, verifyingContract: m.deployed.market };
    const types = { Acceptance: [{ name: "lease", type: "bytes32" }, { name: "resultRoot", type: "bytes32" }] };
    const message = { lease: await m.keyOf(lease), resultRoot: root(5) };
    const sign = (wallet: typeof owner) => wallet.signTypedData({ account: wallet.account!, primaryType: "Acceptance", message, types, domain });
    const operator = operators.get(lease.device)!;
    await assertReverts(m.send(operator, "commitAccepted", map.terms, lease, root(5), await sign(keeper)), "LeaseAcceptance");

    await m.send(operator, "commitAccepted", map.terms, lease, root(5), await sign(owner));

    await record(keeper, job, 0, map, { leases: [packedLease(lease)], roots: [root(5)] });
    assert.equal((await stage(0)).state, Stage.Final);
  });

  it("is posted with a permit instead of an approval", async () => {
    const { m, owner, send, jobOf, said } = await setUpJobs();
    await m.call(m.deployed.token, m.token.abi, owner, "approve", [m.deployed.jobs, 0n]);
    const job = await jobOf([MAP()]);
    const domain = { name: "Compute credit", version: "1", chainId: 31337, verifyingContract: m.deployed.token };
    const types = { Permit: ["owner", "spender"].map((name) => ({ name, type: "address" })).concat(["value", "nonce", "deadline"].map((name) => ({ name, type: "uint256" }))) };
    const deadline = BigInt((await m.now()) + HOUR);
    const signature = await owner.signTypedData({ account: owner.account!, primaryType: "Permit", types, domain,
      message: { owner: owner.account!.address, spender: m.deployed.jobs, value: job.budget, nonce: 0n, deadline } });

    const receipt = await send(owner, "postJobWithPermit", job, [MAP()], deadline, Number(`0x${signature.slice(130)}`), signature.slice(0, 66), `0x${signature.slice(66, 130)}`);

    assert.equal(said(receipt, "JobPosted").length, 1);
  });
});

describe("an end", () => {
  it("by the owner stops what runs, pays what is delivered, and returns the rest", async () => {
    const { m, owner, keeper, posted, commit, send, wealth, said } = await setUpJobs();
    const before = await wealth(owner);
    const { job, jobId, open } = await posted([stageOf(0, { total: 1_000 }), EACH()]);
    const map = await open(keeper, 0);
    await assertReverts(send(keeper, "collect", job), "JobStillActive");
    await assertReverts(send(keeper, "retireOffer", job, 0, packedTerms(map.terms)), "StageWrongState");

    const ended = await send(owner, "endJob", job);

    assert.equal(said(ended, "JobEnded")[0].state, JobIs.Cancelled);
    assert.deepEqual(await assertReverts(open(keeper, 1, []), "JobNotActive"), [jobId, JobIs.Cancelled]);
    await assertReverts(send(owner, "endJob", job), "JobNotActive");
    await send(keeper, "retireOffer", job, 0, packedTerms(map.terms));
    await commit(map);
    await m.warpTo((await m.now()) + 31);
    const settled = await m.send(keeper, "settle", map.terms, map.leases);
    const paid = m.events(settled, "Settled").reduce((sum, { args }) => sum + args.paid, 0n);
    await send(keeper, "collect", job);
    assert.equal(await wealth(owner), before - paid);
    await send(keeper, "collect", job);
    await m.assertSolvent();
  });
});

describe("posting a job", () => {
  it("is for its owner, before its deadline, once, with stages that are what the root says", async () => {
    const { m, owner, keeper, send, jobOf } = await setUpJobs();
    const stages = [MAP(), EACH()];
    const job = await jobOf(stages);
    await assertReverts(send(keeper, "postJob", job, stages), "JobNotOwner");
    await assertReverts(send(owner, "postJob", { ...job, deadline: (await m.now()) - 1 }, stages), "JobDeadline");
    await assertReverts(send(owner, "postJob", { ...job, stages: 1 }, stages), "JobStages");
    await assertReverts(send(owner, "postJob", { ...job, stages: 0, dagRoot: zeroHash }, []), "JobStages");
    await assertReverts(send(owner, "postJob", { ...job, dagRoot: root(1) }, stages), "JobDag");
    await send(owner, "postJob", job, stages);
    await assertReverts(send(owner, "postJob", job, stages), "JobExists");
  });

  it("refuses stages out of place, of impossible shape, or that wait for later ones", async () => {
    const { owner, send, jobOf } = await setUpJobs();
    const refused = async (stages: any[], name: string) => assertReverts(send(owner, "postJob", await jobOf(stages), stages), name);
    await refused([stageOf(1)], "StageOutOfPlace");
    await refused([stageOf(0, { attempts: 0 })], "StageShape");
    await refused([stageOf(0, { waitsFor: 1n })], "StageShape");
    await refused([stageOf(0, { kind: Kind.Each, stages: [1] }), stageOf(1)], "StageShape");
    await refused([stageOf(0), stageOf(1, { kind: Kind.Each, stages: [0], total: 4 })], "StageShape");
    await refused([stageOf(0), stageOf(1, { kind: Kind.Each, stages: [] })], "StageShape");
    await refused([stageOf(0), stageOf(1, { kind: Kind.FanOut, stages: [0, 0] })], "StageShape");
    await refused([{ ...stageOf(0), cost: stageOf(0).cost | 1n }], "StageShape");
    await refused([{ ...stageOf(0), rules: stageOf(0).rules | 1n }], "StageShape");
    await refused([{ ...stageOf(0), work: { ...stageOf(0).work, limits: 1n << 96n } }], "StageShape");
    await refused([stageOf(0, { attempts: 255, escalateTicks: 100, maxTick: CHEAP })], "StageShape");
  });

  it("leaves accounts that only the manager drives", async () => {
    const { m, owner, posted } = await setUpJobs();
    const { account } = await posted([MAP()]);
    const { abi } = artifactOf("jobs/JobAccount");

    await assertReverts(m.call(account, abi, owner, "pay", [owner.account!.address, 1n]), "AccountNotManager");
    await assertReverts(m.call(account, abi, owner, "run", ["0x"]), "AccountNotManager");
    await assertReverts(m.call(account, abi, owner, "fund", [1n]), "AccountNotManager");
  });
});

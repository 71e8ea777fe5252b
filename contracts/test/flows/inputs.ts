import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { concat, encodeAbiParameters, hexToBytes, toHex, type Abi, type Hex } from "viem";
import { artifactOf } from "../../scripts/deployment.ts";
import { assertReverts, root, setUp, State } from "../support/market.ts";
import { disputed, Piece, type Ruled, tale } from "../support/disputes.ts";
import { Kind, ruleHash } from "../support/jobs.ts";
import { leavesOf, proofOf, recordOf, rootOf } from "../support/tree.ts";

const { abi } = artifactOf("dispute/IInputOpener") as { abi: Abi };
const FRAMED = 0;
const CONCAT = 1;
const MOST = 98_304;
/** The frame of a program without arguments; eight bytes from the eighth on are the length of standard input. */
const FRAME = Uint8Array.from({ length: 256 }, (_, i) => (i >= 8 && i < 16 ? 0 : i));

type Part = { record: Hex; proof: Hex[]; data: Hex };

/** A stage's outputs in leases of these sizes: result lists, and how each output is shown. */
function stageOf(outputs: Uint8Array[], leases: number[]) {
  const parts: Part[] = [];
  const roots: Hex[] = [];
  let first = 0;
  for (const count of leases) {
    const records = outputs.slice(first, first + count).map((output) => recordOf(output.length, rootOf(leavesOf(output))));
    const list = leavesOf(hexToBytes(concat(records)));
    roots.push(rootOf(list));
    records.forEach((record, i) => parts.push({ record, proof: proofOf(list, i), data: toHex(outputs[first + i]) }));
    first += count;
  }
  return { outputs, parts, source: { counts: leases, roots } };
}

const bytesOf = (length: number, seed: number) => Uint8Array.from({ length }, (_, i) => (i * 7 + seed * 31) & 255);
const outputsOf = (count: number, seed: number) => Array.from({ length: count }, (_, i) => bytesOf((i * 977 + seed * 61) % 400, seed + i));
const little = (length: number) => Uint8Array.from({ length: 4 }, (_, i) => (length >> (8 * i)) & 255);
const joined = (join: number, parts: Uint8Array[]) => Uint8Array.from(parts.flatMap((part) => [...(join === FRAMED ? little(part.length) : []), ...part]));
const frameOf = (stdin: number) => { const frame = FRAME.slice(); frame.set(little(stdin), 8); return frame; };
const nameOf = (data: Uint8Array) => rootOf(leavesOf(data));

const encoded = (evidence: unknown): Hex => encodeAbiParameters([(abi.find((item) => item.type === "function" && item.name === "derive") as any).inputs[0]], [evidence] as never);

async function opener() {
  const m = await setUp();
  const address = await m.client.readContract({ address: m.deployed.dispute, abi: artifactOf("dispute/IDisputeGame").abi as Abi, functionName: "inputOpener" } as never) as Hex;
  const derive = (evidence: unknown, index: number): Promise<any> => m.client.readContract({ address, abi, functionName: "derive", args: [evidence, BigInt(index)] } as never);
  const open = (rule: Hex, kind: number, index: number, evidence: unknown): Promise<any> => {
    return m.client.readContract({ address, abi, functionName: "open", args: [rule, BigInt(kind), BigInt(index), encoded(evidence)] } as never);
  };
  return { derive, open };
}

const ruleOf = (kind: number, join: number, size: number, ...stages: { source: unknown }[]) =>
  ({ kind, join, size, frame: toHex(FRAME), sources: stages.map(({ source }) => source) });

function assertNames(names: any, stdin: Uint8Array) {
  assert.deepEqual([names.unjudged, names.stdinRoot, names.stdinLength], [false, nameOf(stdin), BigInt(stdin.length)]);
  assert.deepEqual([names.frameRoot, names.frameLength], [nameOf(frameOf(stdin.length)), 256n]);
}

describe("the input of a stage that reads others", () => {
  it("is derived as the domain derives it, for every kind and join", async () => {
    const { derive } = await opener();
    const one = stageOf(outputsOf(7, 1), [3, 1, 3]);
    const two = stageOf(outputsOf(7, 2), [7]);
    for (let i = 0; i < 7; i++) {
      assertNames(await derive({ rule: ruleOf(Kind.Each, CONCAT, 0, one), outputs: [{ ...one.parts[i], data: "0x" }] }, i), one.outputs[i]);
      for (const join of [FRAMED, CONCAT]) {
        assertNames(await derive({ rule: ruleOf(Kind.Each, join, 0, one, two), outputs: [one.parts[i], two.parts[i]] }, i), joined(join, [one.outputs[i], two.outputs[i]]));
      }
    }
    for (const join of [FRAMED, CONCAT]) {
      for (const [index, from, to] of [[0, 0, 3], [1, 3, 6], [2, 6, 7]]) {
        const cut = <T>(list: T[]) => list.slice(from, to);
        assertNames(await derive({ rule: ruleOf(Kind.Group, join, 3, one), outputs: cut(one.parts) }, index), joined(join, cut(one.outputs)));
        const each = [one, two].map(({ outputs }) => joined(join, cut(outputs)));
        assertNames(await derive({ rule: ruleOf(Kind.Group, join, 3, one, two), outputs: [...cut(one.parts), ...cut(two.parts)] }, index), joined(join, each));
      }
      assertNames(await derive({ rule: ruleOf(Kind.Group, join, 0, one), outputs: one.parts }, 0), joined(join, one.outputs));
    }
  });

  it("is frame i of an output that fans out, and empty where the frame is missing or cut off", async () => {
    const { derive } = await opener();
    const frames = outputsOf(4, 5);
    const head = new Uint8Array(128);
    head.set(new TextEncoder().encode("MKTLIST1"));
    head[15] = 6; // announces two more than there are
    const whole = Uint8Array.from([...head, ...joined(FRAMED, frames)]);
    for (const [list, there] of [[whole, 4], [whole.slice(0, whole.length - 1), 3], [head, 0]] as const) {
      const stage = stageOf([list], [1]);
      for (let i = 0; i < 6; i++) {
        assertNames(await derive({ rule: ruleOf(Kind.FanOut, FRAMED, 9, stage), outputs: stage.parts }, i), i < there ? frames[i] : new Uint8Array(0));
      }
    }
  });

  it("is taken from the rule that the work names, and from the outputs that stand in their places, and from no others", async () => {
    const { derive, open } = await opener();
    const one = stageOf(outputsOf(5, 3), [2, 3]);
    const rule = ruleOf(Kind.Group, FRAMED, 2, one);
    const outputs = one.parts.slice(2, 4);
    assertNames(await open(ruleHash(rule), Kind.Group, 1, { rule, outputs }), joined(FRAMED, one.outputs.slice(2, 4)));

    await assertReverts(open(ruleHash(rule), Kind.Group, 1, { rule: { ...rule, size: 3 }, outputs }), "InputRuleOther");
    await assertReverts(open(ruleHash(rule), Kind.Each, 1, { rule, outputs }), "InputRuleOther");
    await assertReverts(derive({ rule, outputs: outputs.slice(1) }, 1), "InputOutputs");
    await assertReverts(derive({ rule, outputs: [...outputs, one.parts[4]] }, 1), "InputOutputs");
    const lie = async (changed: Partial<Part>) => assertReverts(derive({ rule, outputs: [outputs[0], { ...outputs[1], ...changed }] }, 1), "InputOutputOther");
    await lie(one.parts[1]);
    await lie({ ...one.parts[2] });
    await lie({ data: toHex(one.outputs[3].slice(1)) });
    await lie({ data: toHex(one.outputs[3].map((byte, i) => (i === 0 ? byte ^ 1 : byte))) });
    await lie({ record: recordOf(one.outputs[3].length + 1, nameOf(one.outputs[3])) });
    await lie({ record: outputs[1].record.slice(0, -2) as Hex });
    await lie({ proof: outputs[1].proof.slice(1) });
    await assertReverts(derive({ rule: { ...rule, frame: toHex(FRAME.slice(0, 15)) }, outputs }, 1), "InputFrameShort");
    // The market keeps 200 bits of a root; whoever records a stage makes up the rest.
    const source = { ...one.source, roots: one.source.roots.map((known) => concat([known.slice(0, 52) as Hex, "0x00000000000000"])) };
    assertNames(await derive({ rule: { ...rule, sources: [source] }, outputs }, 1), joined(FRAMED, one.outputs.slice(2, 4)));
  });

  it("is not judged where it is made of more than a transaction can show, which its records say", async () => {
    const { derive } = await opener();
    // 256 of frame, 64 for the lease, 768 for the output.
    const most = MOST - 256 - 64 - 768;
    for (const [length, judged] of [[most, true], [most + 1, false]] as const) {
      const stage = stageOf([bytesOf(length, 9)], [1]);
      const names = await derive({ rule: ruleOf(Kind.Group, CONCAT, 0, stage), outputs: [judged ? stage.parts[0] : { ...stage.parts[0], data: "0x" }] }, 0);
      assert.equal(names.unjudged, !judged);
      if (judged) assertNames(names, stage.outputs[0]);
      // An output that is the input as it is may have any size.
      assertNames(await derive({ rule: ruleOf(Kind.Each, CONCAT, 0, stage), outputs: [{ ...stage.parts[0], data: "0x" }] }, 0), stage.outputs[0]);
    }

    const many = { source: { counts: [200], roots: [root(1)] } };
    assert.equal((await derive({ rule: ruleOf(Kind.Group, FRAMED, 0, many), outputs: [] }, 0)).unjudged, true);
  });
});

describe("a result of a stage that reads others", () => {
  /** Five groups of one output each, of these lengths. */
  function ruledBy(length: number): Ruled {
    const stage = stageOf(Array.from({ length: 5 }, (_, i) => bytesOf(length, i)), [2, 3]);
    const rule = ruleOf(Kind.Group, CONCAT, 1, stage);
    const evidence = stage.parts.map((part) => encoded({ rule, outputs: [length < MOST ? part : { ...part, data: "0x" }] }));
    return { kind: Kind.Group, rule: ruleHash(rule), inputs: stage.outputs.map((stdin) => ({ frame: frameOf(stdin.length), stdin })), evidence };
  }

  const stdin = { piece: Piece.Stdin, index: 3, firstLeaf: 32, leaves: 32 };

  it("is disputed from the state that the rule gives, and its input can be requested", async () => {
    const ruled = ruledBy(5_000);
    const { challenger, keeper, open, events, gameOf, request, show, send, accusation } = await disputed({ windowSeconds: 600 }, {}, 10, undefined, ruled);
    await assertReverts(send(challenger, "open", accusation(3, undefined, { input: ruled.evidence[2] }), tale(3)), "InputOutputOther");

    const opened = await open(challenger, 3);

    assert.equal(events(opened).find(({ name }) => name === "LeaseChallenged")!.args.game, await gameOf(challenger, 3));
    await request(challenger, stdin);
    await request(challenger, { ...stdin, piece: Piece.Manifest, index: 0 });
    await assertReverts(show(keeper, stdin, { record: ruled.evidence[2] }), "InputOutputOther");
    const [shown] = events(await show(keeper, stdin));
    assert.deepEqual([shown.args.data, shown.args.opening], [toHex(padded(ruled.inputs[3].stdin.slice(4_096))), ruled.evidence[3]]);
    // There is no manifest, so nobody falls for showing none.
    await show(keeper, { ...stdin, piece: Piece.Manifest, index: 0 }, { data: "0x", proof: [] });
  });

  it("that no transaction can show is not disputed, and nobody falls for not showing it", async () => {
    const { m, challenger, keeper, open, request, show, settle, first, assertHolds } = await disputed({ windowSeconds: 600 }, {}, 10, undefined, ruledBy(MOST));
    await assertReverts(open(challenger, 3), "DisputeInputTooLarge");
    await assertReverts(settle(keeper, challenger, 3), "DisputeGameUnknown");
    await request(challenger, stdin);

    await show(keeper, stdin, { data: "0x", proof: [] });

    assert.equal((await m.statusOf(first.lease)).state, State.Committed);
    await assertHolds(0n);
  });
});

const padded = (data: Uint8Array): Uint8Array => { const whole = new Uint8Array(4_096); whole.set(data); return whole; };

import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { describe, it } from "node:test";
import { concat, keccak256, type Hex } from "viem";
import { floorOf, measure, runtimeBytes, stepVm, vectors, type StepGas } from "../support/steps.ts";

const SPECIFIED = new URL("../../../tests/vectors/machine/steps.json", import.meta.url);
const SNAPSHOT = new URL("../../snapshots/step-gas.json", import.meta.url);

describe("a step of the machine", () => {
  it("leads where the recorded vectors say", async () => {
    const vm = await stepVm("prague");
    for (const vector of vectors()) assert.equal(await vm.next(vector), vector.next, vector.name);
  });

  // One step of each instruction, and of numbers that are none, as the specification in C# took them.
  it("leads where the specification's vectors say", async () => {
    const vm = await stepVm("prague");
    const { steps } = JSON.parse(readFileSync(SPECIFIED, "utf8")) as { steps: { name: string; before: Hex; after: Hex; proof: Hex }[] };
    assert.ok(steps.length >= 200, `only ${steps.length} vectors`);
    for (const { name, before, after, proof } of steps) assert.equal(await vm.next({ class: "", name, state: before, proof, next: after }), after, name);
  });

  it("is proven by its own bytes alone", async () => {
    const vm = await stepVm("prague");
    for (const vector of vectors().slice(0, 4)) {
      await assert.rejects(vm.next({ ...vector, proof: concat([vector.proof, "0x00"]) }), /StepProofTooLong/);
      await assert.rejects(vm.next({ ...vector, state: keccak256(vector.state) }), /StepStateHash/);
      await assert.rejects(vm.next({ ...vector, proof: vector.proof.slice(0, -2) as `0x${string}` }), /ByteTreeProofTooShort/);
    }
  });

  it("costs what the floor asks where that is more", async () => {
    const [before, after] = [await stepVm("cancun"), await stepVm("prague")];
    for (const vector of vectors()) {
      assert.equal(await after.gas(vector), Math.max(await before.gas(vector), floorOf(vector)), vector.name);
    }
  });

  // UPDATE_SNAPSHOTS=1 writes the file anew.
  it("costs no more than its snapshot, and the snapshot no more than the aims", async () => {
    const { classes, steps } = await measure();
    if (process.env.UPDATE_SNAPSHOTS === "1") writeFileSync(SNAPSHOT, JSON.stringify(steps, null, 2) + "\n");
    assert.ok(existsSync(SNAPSHOT), "run with UPDATE_SNAPSHOTS=1 first");
    const recorded = JSON.parse(readFileSync(SNAPSHOT, "utf8")) as Record<string, StepGas>;
    assert.deepEqual(Object.keys(steps), Object.keys(recorded));
    for (const [name, { standard, floor }] of Object.entries(steps)) {
      assert.ok(standard <= recorded[name].standard, `${name}: ${standard} gas, was ${recorded[name].standard}`);
      assert.ok(floor <= recorded[name].floor, `${name}: floor ${floor} gas, was ${recorded[name].floor}`);
    }
    for (const name of ["alu", "float"]) assert.ok(classes[name].standard <= 65_000, `${name}: ${classes[name].standard}`);
    for (const name of ["load", "store"]) assert.ok(classes[name].standard <= 90_000, `${name}: ${classes[name].standard}`);
  });

  it("fits the limit of a contract's size", () => assert.ok(runtimeBytes <= 24_576, `${runtimeBytes} bytes`));
});

import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { root } from "../../scripts/deployment.ts";
import { jobsAbi } from "../support/jobs.ts";
import { disputeAbi, marketAbi, registryAbi } from "../support/market.ts";

const textOf = (pattern: string): string => globSync(pattern, { cwd: root }).map((file) => readFileSync(join(root, file), "utf8")).join("\n");
const flows = textOf("test/flows/*.ts");
const contracts = textOf("src/{market,capability}/**/*.sol");

describe("the tests", () => {
  it("provoke every custom error of the surface", () => {
    const errors = [...marketAbi, ...registryAbi, ...jobsAbi, ...disputeAbi].flatMap((item) => (item.type === "error" ? [item.name] : []));
    // assertReverts(…, "Name") and the helpers that end in it name the error as the last argument of a call.
    // Games with real runs are played in C#, where a name stands alone.
    const played = textOf("../tests/Market.Chain.Tests/{Machine,Disputes}/*.cs");
    const asserted = new Set([...flows.matchAll(/, "(\w+)"(?:, \d|\))/g), ...played.matchAll(/"(Game\w+)"/g)].map((found) => found[1]));

    assert.ok(errors.length > 60);
    assert.deepEqual(errors.filter((name) => !asserted.has(name)), []);
  });

  it("see every state of a lease that the chain stores", () => {
    for (const state of ["None", "Leased", "Committed", "Disputed"]) assert.match(flows, new RegExp(`State\\.${state}\\b`));
  });

  it("check ten invariants, each a sentence at the code that keeps it", () => {
    const fuzz = textOf("test/fuzz/*.sol");
    for (let number = 1; number <= 10; number++) {
      assert.match(contracts, new RegExp(`Kept \\(invariant ${number}\\)`));
      assert.match(fuzz, new RegExp(`\\b${number}(\\.|: | and )`), `invariant ${number} is not checked`);
    }
  });
});

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { artifactOf } from "../../scripts/deployment.ts";
import { jobFigures, stepFigures, type Figures } from "../support/measure.ts";

const snapshot: Figures = JSON.parse(readFileSync(new URL("../../snapshots/gas.json", import.meta.url), "utf8"));

/** Block times and keys have more or fewer zero bytes, which cost less. */
const SLACK = 1.001;

/** No figure is above its snapshot; `npm run gas:refresh` takes new ones, so that a rise shows in review. */
function assertNotRisen(figures: Figures, expected: string[]): void {
  assert.deepEqual(Object.keys(figures).sort(), expected.sort(), "figures and snapshot name different things: npm run gas:refresh");
  const risen = Object.entries(figures).filter(([name, value]) => value > snapshot[name] * SLACK).map(([name, value]) => `${name}: ${value} > ${snapshot[name]}`);
  assert.deepEqual(risen, []);
}

describe("gas", () => {
  let jobs: string[] = [];

  it("of whole jobs has not risen, and meets its aims", async () => {
    const figures = await jobFigures();

    jobs = Object.keys(figures);
    assertNotRisen(figures, [...jobs]);
    assert.ok(figures.single_tasklet_standalone <= 170_000 && figures.single_tasklet_folded <= 145_000);
    assert.ok(figures.marginal_lease <= 90_000 && figures.per_tasklet_1m <= 2.5);
    // A job of stages grows with stages and leases only: 10,000 tasklets cost what 100 do.
    assert.ok(Math.abs(figures.gas_10k_3stages - figures.gas_100_3stages) < 2_000 && figures.gas_10k_3stages < 2_500_000);
  });

  it("of single steps has not risen", async () => {
    const figures = await stepFigures();

    assertNotRisen(figures, Object.keys(snapshot).filter((name) => !jobs.includes(name)));
  });
});

describe("code", () => {
  it("of every deployed contract fits the limit of EIP-170", () => {
    for (const path of ["market/ComputeMarket", "market/MarketDesk", "market/MarketCourt", "market/MarketLens", "dispute/DisputeGame", "dispute/InputOpener", "dispute/StepVm", "capability/CapabilityRegistry", "jobs/JobManager", "token/Token"]) {
      const { deployedBytecode } = artifactOf(path) as unknown as { deployedBytecode: string };
      const bytes = (deployedBytecode.length - 2) / 2;
      assert.ok(bytes > 0 && bytes <= 24_576, `${path} has ${bytes} bytes`);
    }
  });
});

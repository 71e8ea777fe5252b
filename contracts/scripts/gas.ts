// Measures what jobs and their steps cost, in gas.
//
//   npm run gas                prints the figures as JSON
//   npm run gas:refresh        writes snapshots/gas.json, to which test/flows/gas.ts holds the contracts
//   scripts/bench.sh gas       writes bench/results/gas.json and prints the jobs beside the peers' (from the repository's root)
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { jobFigures, stepFigures } from "../test/support/measure.ts";
import { PEERS } from "./peers.ts";

// hardhat run passes no arguments on.
const out = process.env.MARKET_GAS_OUT;
const [jobs, steps] = [await jobFigures(), await stepFigures()];
const text = `${JSON.stringify({ ...jobs, ...steps }, null, 2)}\n`;

if (out === undefined) {
  process.stdout.write(text);
} else {
  mkdirSync(dirname(out), { recursive: true });
  const commit = execFileSync("git", ["rev-parse", "--short", "HEAD"], { encoding: "utf8" }).trim();
  const solc = "solc 0.8.34, via IR, 200 runs, cancun";
  const result = { part: "gas", revision: commit, compiler: solc, unit: "gas of whole transactions", ...jobs, ...steps, peers: PEERS };
  writeFileSync(out, process.env.MARKET_GAS_BARE === "1" ? text : `${JSON.stringify(result, null, 2)}\n`);
  // The figures of jobs of stages stand together.
  const schedule = join(dirname(out), "schedule.json");
  if (existsSync(schedule)) {
    writeFileSync(schedule, readFileSync(schedule, "utf8").replace(/"gas_10k_3stages": [^,\n]+/, `"gas_10k_3stages": ${jobs.gas_10k_3stages}`));
  }

  const row = (name: string, value: number, note: string) => console.log(`${name.padEnd(46)}${value.toLocaleString("en-US").padStart(12)}  ${note}`);
  for (const [name, value] of Object.entries({ ...jobs, ...steps })) row(name, value, "");
  console.log();
  for (const peer of PEERS) row(`${peer.system}: ${peer.flow}`, peer.gas, peer.source);
}

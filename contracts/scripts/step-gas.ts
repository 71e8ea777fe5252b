// Measures what one step of the machine costs on-chain, by class of instruction: prints a JSON object, or puts it as
// `gas_per_step` into the results file that STEP_GAS_INTO names. Run as `npm run --silent step-gas`.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { measure } from "../test/support/steps.ts";

// Other systems' single steps as transactions, for comparison: measured or read off for the design of this one.
const others = {
  nitro_i32_add: { standard: 919_000, source: "OffchainLabs/nitro-contracts src/osp, synthetic proofs" },
  nitro_i64_store: { standard: 1_118_000, source: "OffchainLabs/nitro-contracts src/osp, synthetic proofs" },
  cannon_addu: { standard: 71_000, floor: 98_000, source: "ethereum-optimism/optimism MIPS.sol, October 2024" },
  cannon_sw: { standard: 82_000, floor: 98_000, source: "ethereum-optimism/optimism MIPS.sol, October 2024" },
  cartesi_leaf_match: { standard: 127_728, source: "cartesi/dave prt/contracts/src/tournament/libs/Gas.sol" },
};

const { classes } = await measure();
const gas = { aims: { alu: 65_000, float: 65_000, load: 90_000, store: 90_000 }, ours: classes, others };
const file = process.env.STEP_GAS_INTO;
if (file === undefined) {
  console.log(JSON.stringify(gas, null, 2));
} else {
  const results = existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : {};
  writeFileSync(file, JSON.stringify({ ...results, gas_per_step: gas }, null, 2) + "\n");
}

// Writes abi/*.json, bytecode.json and the typed C# messages in src/Market.Chain/Generated from the compiled contracts.
// Run as `npm run generate`; running it again leaves no difference. With --as-built it takes what is compiled already, as the check
// in scripts/test.sh does on a clean checkout: there everything was compiled together.
import { execFileSync } from "node:child_process";
import { globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { commit } from "./built.ts";
import { csharpOf, type AbiItem } from "./csharp.ts";
import { readSources } from "./sources.ts";

const root = resolve(dirname(fileURLToPath(import.meta.url)), "..");
const abiFolder = join(root, "abi");
const csharpFolder = resolve(root, "../src/Market.Chain/Generated");

// The contracts that clients speak to, with the artifact that carries the whole surface of each.
const contracts: Record<string, string> = {
  ComputeMarket: "src/market/IComputeMarket.sol/IComputeMarket.json",
  CapabilityRegistry: "src/capability/ICapabilityRegistry.sol/ICapabilityRegistry.json",
  JobManager: "src/jobs/IJobManager.sol/IJobManager.json",
  DisputeGame: "src/dispute/IDisputeGame.sol/IDisputeGame.json",
  InputOpener: "src/dispute/IInputOpener.sol/IInputOpener.json",
  StepVm: "src/dispute/IStepVm.sol/IStepVm.json",
  Token: "src/token/Token.sol/Token.json",
};

// All of them: where only the changed ones are compiled, the compiler orders functions otherwise, and the bytecode is another.
execFileSync(process.execPath, ["node_modules/hardhat/dist/src/cli.js", "build", "--quiet", "--no-tests", ...(process.argv.includes("--as-built") ? [] : ["--force"])], { cwd: root, stdio: "inherit" });

const sources = readSources(globSync("src/**/*.sol", { cwd: root }).sort().map((path) => readFileSync(join(root, path), "utf8")));
for (const folder of [abiFolder, csharpFolder]) {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
}

for (const [name, artifact] of Object.entries(contracts)) {
  const { abi } = JSON.parse(readFileSync(join(root, "artifacts", artifact), "utf8")) as { abi: AbiItem[] };
  writeFileSync(join(abiFolder, `${name}.json`), JSON.stringify(abi, null, 2) + "\n");
  for (const [file, text] of csharpOf(name, abi, sources)) {
    mkdirSync(join(csharpFolder, name), { recursive: true });
    writeFileSync(join(csharpFolder, name, file), text);
  }
}

commit();

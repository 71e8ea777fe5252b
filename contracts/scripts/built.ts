// The compiled contracts that a market is deployed from, as committed in bytecode.json: compiling them takes a minute and
// more, and a newcomer's first market need not wait for it. Used only while it was made from these very sources; the
// check of generated code in scripts/test.sh compiles them anew and fails on any difference.
//
//   node scripts/built.ts   says whether bytecode.json is of these sources (exit 0) or not (exit 1)
import { createHash } from "node:crypto";
import { existsSync, globSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { artifactOf, root, type Artifact } from "./deployment.ts";

const file = join(root, "bytecode.json");

/** Whose bytecode a deployment sends. */
const deployed = [
  "token/Token", "dispute/StepVm", "dispute/DisputeGame", "market/MarketLens", "market/MarketCourt", "market/MarketDesk", "market/ComputeMarket", "capability/CapabilityRegistry",
  "jobs/JobManager",
];

/** Contracts whose interface a deployment calls; theirs is committed in abi/. */
const called: Record<string, string> = { "token/Token": "Token", "market/IComputeMarket": "ComputeMarket" };

interface Build {
  sources: string;
  contracts: Record<string, Artifact>;
}

/** All that the bytecode depends on: sources, the compiler's settings, and the versions of compiler and libraries. */
export function sourcesHash(): string {
  const paths = [...globSync("src/**/*.sol", { cwd: root }).filter((path) => !path.startsWith("src/test/")).sort(), "hardhat.config.ts", "package-lock.json"];
  const hash = createHash("sha256");
  for (const path of paths) hash.update(path).update("\0").update(readFileSync(join(root, path))).update("\0");
  return hash.digest("hex");
}

/** Reads artifacts from bytecode.json; null if it was made from other sources. */
export function committed(): ((path: string) => Artifact) | null {
  if (!existsSync(file)) return null;
  const build = JSON.parse(readFileSync(file, "utf8")) as Build;
  if (build.sources !== sourcesHash()) return null;
  return (path) => {
    const abi = called[path] ? (JSON.parse(readFileSync(join(root, "abi", `${called[path]}.json`), "utf8")) as Artifact["abi"]) : [];
    const built = build.contracts[path];
    return { abi: [...(built?.abi ?? []), ...abi.filter((item) => item.type !== "constructor")], bytecode: built?.bytecode ?? "0x" };
  };
}

/** Writes bytecode.json from the artifacts of a build just made. */
export function commit(): void {
  const contracts = Object.fromEntries(deployed.map((path) => {
    const { abi, bytecode } = artifactOf(path);
    return [path, { abi: abi.filter((item) => item.type === "constructor"), bytecode }];
  }));
  writeFileSync(file, JSON.stringify({ sources: sourcesHash(), contracts } satisfies Build, null, 1) + "\n");
}

if (process.argv[1] === import.meta.filename) process.exit(committed() ? 0 : 1);

// The chain that a test runs on: Hardhat's own in this process, or, where MARKET_ANVIL names the binary, an anvil of its own.
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { network } from "hardhat";

export const onAnvil = process.env.MARKET_ANVIL !== undefined;

export async function newChain() {
  if (!onAnvil) return network.create();
  return network.create({ network: "anvil", override: { type: "http", url: await startAnvil(process.env.MARKET_ANVIL!) } });
}

/** Starts an anvil that ends with this process, and returns its URL. */
function startAnvil(binary: string): Promise<string> {
  const child = spawn(binary, ["--port", "0", "--chain-id", "31337", "--accounts", "20", "--gas-limit", "60000000", "--hardfork", "prague"], {
    stdio: ["ignore", "pipe", "inherit"] });
  process.on("exit", () => child.kill());
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code) => reject(new Error(`anvil ended with ${code}`)));
    createInterface({ input: child.stdout }).on("line", (line) => {
      const at = /^Listening on (\S+)/.exec(line);
      if (!at) return;
      // Neither the process nor its output keeps this one alive.
      child.unref();
      (child.stdout as unknown as { unref(): void }).unref();
      resolve(`http://${at[1]}`);
    });
  });
}

import { globSync } from "node:fs";
import { createRequire } from "node:module";
import hardhatToolboxViem from "@nomicfoundation/hardhat-toolbox-viem";
import { defineConfig } from "hardhat/config";

// The compiler comes from npm, so that building needs no download: a non-binary path is taken as solc's wasm build.
const soljson = createRequire(import.meta.url).resolve("solc/soljson.js");

const number = (name: string, fallback: number): number => {
  const value = Number(process.env[name] ?? fallback);
  if (!Number.isSafeInteger(value) || value < 0) throw new Error(`${name} must be a whole number, not ${process.env[name]}`);
  return value;
};

const chainId = number("MARKET_CHAIN_ID", 31337);
// Milliseconds between blocks; 0 mines each transaction at once.
const blockMilliseconds = number("MARKET_BLOCK_MS", 0);

const chain = {
  type: "edr-simulated",
  chainType: "l1",
  chainId,
  blockGasLimit: 60_000_000,
  // A reverted transaction gives its hash and a receipt with status 0, as on every other chain.
  throwOnTransactionFailures: false,
  allowBlocksWithSameTimestamp: true,
} as const;

export default defineConfig({
  plugins: [hardhatToolboxViem],
  paths: { sources: "./src", tests: { nodejs: "./test/flows", solidity: "./test/fuzz" } },
  solidity: {
    compilers: [{
      version: "0.8.34",
      path: soljson,
      settings: { evmVersion: "cancun", viaIR: true, metadata: { bytecodeHash: "none" }, optimizer: { enabled: true, runs: 200 } },
    }],
    // Fuzz tests run the deployed code from the build's output; they themselves need no long optimisation. But for the arithmetic:
    // its tests contain the libraries, which the plain compiler finds too deep for its stack.
    overrides: Object.fromEntries(globSync("test/fuzz/*.sol").filter((file) => !file.endsWith("Alu.t.sol")).map((file) => [
      file, { version: "0.8.34", path: soljson, settings: { evmVersion: "cancun", optimizer: { enabled: true, runs: 200 } } }])),
  },
  networks: {
    // For test/support/chains.ts, which knows the port.
    anvil: { type: "http", chainType: "l1", chainId: 31337, url: "http://127.0.0.1:8545" },
    default: { ...chain, mining: { auto: true } },
    node: {
      ...chain,
      mining: {
        auto: blockMilliseconds === 0,
        interval: blockMilliseconds,
        mempool: { order: "fifo" },
      },
    },
  },
  test: { solidity: { fsPermissions: { readDirectory: ["./artifacts"] }, fuzz: { runs: 500 }, invariant: { runs: 200, depth: 64, failOnRevert: true } } },
});

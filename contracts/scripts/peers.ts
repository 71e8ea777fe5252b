// What one task costs on other markets, in gas of whole transactions, base cost included, deposits and registration left out.
// Measured by running each project's own tests at its newest public commit with its own compiler settings.

export interface Peer { system: string; flow: string; gas: number; source: string }

export const PEERS: Peer[] = [
  { system: "Boundless", flow: "one task, never locked, ZK check mocked", gas: 186_109, source: "boundless-xyz/boundless contracts/snapshots; a real check adds about 250,000 per batch" },
  { system: "Boundless", flow: "one task, locked, ZK check mocked", gas: 309_962, source: "same" },
  { system: "Boundless", flow: "a task in a locked batch of 32", gas: 216_751, source: "same" },
  { system: "iExec", flow: "Boost, zero price", gas: 599_342, source: "iExecBlockchainComputing/PoCo 6.2.0 tests" },
  { system: "iExec", flow: "Boost, TEE", gas: 760_709, source: "same" },
  { system: "iExec", flow: "classic, one worker", gas: 1_498_609, source: "same" },
  { system: "iExec", flow: "a further task in a bag, TEE", gas: 1_057_982, source: "same" },
  { system: "Marlin Oyster", flow: "direct job, three executors, not compared", gas: 893_674, source: "marlinprotocol/oyster-monorepo serverless-v2 tests" },
  { system: "Lilypad", flow: "one deal with result", gas: 1_506_388, source: "Lilypad-Tech/lilypad hardhat tests, optimiser off as configured" },
];

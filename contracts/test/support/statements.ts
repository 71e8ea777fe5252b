// Attesters' signed statements about a device.
import type { Hex, WalletClient } from "viem";
import type { Market } from "./market.ts";

const TYPES = { Statement: [
  { name: "device", type: "uint32" }, { name: "classKey", type: "uint32" }, { name: "scorePerLane", type: "uint16" },
  { name: "memoryMiB", type: "uint16" }, { name: "lanes", type: "uint16" }, { name: "seed", type: "bytes32" },
  { name: "issuedAt", type: "uint40" }, { name: "expiresAt", type: "uint40" }] };

export interface Statement {
  device: number; classKey: number; scorePerLane: number; memoryMiB: number; lanes: number; seed: Hex; issuedAt: number; expiresAt: number;
}

export function sign(m: Market, wallet: WalletClient, statement: Statement): Promise<Hex> {
  return wallet.signTypedData({
    account: wallet.account!, types: TYPES, primaryType: "Statement", message: statement,
    domain: { name: "CapabilityRegistry", version: "1", chainId: 31337, verifyingContract: m.deployed.registry },
  });
}

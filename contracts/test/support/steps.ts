// Steps of the machine on the step contract, and what they cost.
import { readFileSync } from "node:fs";
import { network } from "hardhat";
import { encodeFunctionData, hexToBytes, type Abi, type Address, type Hex, type PublicClient, type WalletClient } from "viem";
import { artifactOf } from "../../scripts/deployment.ts";

export interface StepVector { class: string; name: string; state: Hex; next: Hex; proof: Hex }

/** Gas of one step as a transaction of its own: by the rules without a floor, and the floor of EIP-7623. */
export interface StepGas { standard: number; floor: number }

export const vectors = (): StepVector[] =>
  (JSON.parse(readFileSync(new URL("../../../tests/vectors/machine/step-gas.json", import.meta.url), "utf8")) as { steps: StepVector[] }).steps;

const { abi, bytecode } = artifactOf("dispute/StepVm") as { abi: Abi; bytecode: Hex };
export const runtimeBytes = (JSON.parse(
  readFileSync(new URL("../../artifacts/src/dispute/StepVm.sol/StepVm.json", import.meta.url), "utf8")).deployedBytecode.length - 2) / 2;

/** The step contract on a chain by the rules of a hard fork. */
export async function stepVm(hardfork: string) {
  const connection = await network.create({ override: { hardfork } });
  const client = (await connection.viem.getPublicClient()) as unknown as PublicClient;
  const [wallet] = (await connection.viem.getWalletClients()) as unknown as WalletClient[];
  const deployment = await wallet.deployContract({ abi, bytecode, account: wallet.account!, chain: wallet.chain });
  const address = (await client.waitForTransactionReceipt({ hash: deployment })).contractAddress as Address;
  const next = async (vector: StepVector): Promise<Hex> =>
    (await client.readContract({ address, abi, functionName: "step", args: [vector.state, vector.proof] } as never)) as Hex;
  /** Gas that a transaction uses which does nothing but this step. */
  const gas = async (vector: StepVector): Promise<number> => {
    const hash = await wallet.sendTransaction({ to: address, data: dataOf(vector), gas: 1_000_000n, account: wallet.account!, chain: wallet.chain });
    const receipt = await client.waitForTransactionReceipt({ hash });
    if (receipt.status !== "success") throw new Error(`${vector.name} reverted`);
    return Number(receipt.gasUsed);
  };
  return { next, gas };
}

const dataOf = (vector: StepVector): Hex => encodeFunctionData({ abi, functionName: "step", args: [vector.state, vector.proof] });

/** 21,000 and 10 gas per token, a zero byte being one token and any other four. */
export const floorOf = (vector: StepVector): number =>
  21_000 + hexToBytes(dataOf(vector)).reduce((sum, byte) => sum + (byte === 0 ? 10 : 40), 0);

/** The dearest step of each class, and of each instruction by its name. */
export async function measure(): Promise<{ classes: Record<string, StepGas>; steps: Record<string, StepGas> }> {
  // Cancun has no floor yet; its transactions show what the step itself costs.
  const before = await stepVm("cancun");
  const classes: Record<string, StepGas> = {};
  const steps: Record<string, StepGas> = {};
  for (const vector of vectors()) {
    const step = { standard: await before.gas(vector), floor: floorOf(vector) };
    const name = vector.class.endsWith("straddling") ? `${vector.name} straddling` : vector.name;
    steps[name] = step;
    const dearest = classes[vector.class] ?? { standard: 0, floor: 0 };
    classes[vector.class] = { standard: Math.max(dearest.standard, step.standard), floor: Math.max(dearest.floor, step.floor) };
  }
  return { classes, steps };
}

// What viem makes of random cases: reads a JSON array on standard input, writes one of the same length.
// Run in contracts/, whose packages hold viem.
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const load = (name) => import(pathToFileURL(createRequire(join(process.cwd(), "package.json")).resolve(name)));
const { encodeFunctionData, hashTypedData } = await load("viem");
const { privateKeyToAccount } = await load("viem/accounts");
const { default: abi } = await import(pathToFileURL(join(process.cwd(), "abi/ComputeMarket.json")), { with: { type: "json" } });

const chunks = [];
for await (const chunk of process.stdin) chunks.push(chunk);
const cases = JSON.parse(Buffer.concat(chunks).toString());

const answers = [];
for (const c of cases) {
  const account = privateKeyToAccount(c.key);
  const tx = c.transaction;
  answers.push({
    address: account.address,
    transaction: await account.signTransaction({
      type: "eip1559", chainId: tx.chainId, nonce: tx.nonce, gas: BigInt(tx.gas), to: tx.to, data: tx.data,
      value: BigInt(tx.value), maxFeePerGas: BigInt(tx.maxFeePerGas), maxPriorityFeePerGas: BigInt(tx.maxPriorityFeePerGas),
    }),
    message: await account.signMessage({ message: { raw: c.message } }),
    typed: hashTypedData(c.typed),
    register: encodeFunctionData({ abi, functionName: "registerDevice", args: [c.register.operator, BigInt(c.register.stake), c.register.endpoint, c.register.transportKey] }),
  });
}
process.stdout.write(JSON.stringify(answers));

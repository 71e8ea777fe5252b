// The byte tree of result lists and outputs, written down a second time for the tests.
import { concat, keccak256, padHex, toHex, type Hex } from "viem";

export const leavesOf = (data: Uint8Array): Hex[] => {
  const count = Math.max(1, Math.ceil(data.length / 128));
  const padded = new Uint8Array(2 ** Math.ceil(Math.log2(count)) * 128);
  padded.set(data);
  return Array.from({ length: padded.length / 128 }, (_, i) => toHex(padded.subarray(i * 128, (i + 1) * 128)));
};

const levelsOf = (leaves: Hex[]): Hex[][] => {
  const levels = [leaves.map((leaf) => keccak256(leaf))];
  while (levels.at(-1)!.length > 1) {
    const below = levels.at(-1)!;
    levels.push(Array.from({ length: below.length / 2 }, (_, i) => keccak256(concat([below[2 * i], below[2 * i + 1]]))));
  }
  return levels;
};

export const rootOf = (leaves: Hex[]): Hex => levelsOf(leaves).at(-1)![0];

/** Siblings from the node that covers leaves [first, first + 2^level) up to the root. */
export const proofOf = (leaves: Hex[], first: number, level = 0): Hex[] =>
  levelsOf(leaves).slice(level, -1).map((nodes, i) => nodes[(first >> (level + i)) ^ 1]);

/** A 128-byte record of a result list. */
export const recordOf = (outputLength: number, outputRoot: Hex): Hex =>
  padHex(concat(["0x0100", toHex(0, { size: 4 }), toHex(123, { size: 8 }), toHex(outputLength, { size: 8 }), outputRoot]), { size: 128, dir: "right" });

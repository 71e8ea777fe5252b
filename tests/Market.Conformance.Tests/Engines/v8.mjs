// Runs canonical modules in V8. Reads records from stdin (fuel limit 8 bytes, module length 4, input length 4, both
// little-endian, module, input) and writes a line for each: status, exit code, fuel used, SHA-256 of output and memory.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Worker, isMainThread } from 'node:worker_threads';
import { fileURLToPath } from 'node:url';

const digest = (...parts) => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest('hex');
};

class Exit {
  constructor(code) {
    this.code = code;
  }
}

function run(module, input, limit) {
  const output = [];
  let memory;
  const range = (from, length, size) => {
    if (from + length > size) throw new WebAssembly.RuntimeError('out of bounds');
  };
  const market = {
    in_len: () => input.length,
    in_read: (to, offset, length) => {
      range(to >>> 0, length >>> 0, memory.buffer.byteLength);
      range(offset >>> 0, length >>> 0, input.length);
      new Uint8Array(memory.buffer).set(input.subarray(offset >>> 0, (offset >>> 0) + (length >>> 0)), to >>> 0);
    },
    out_write: (from, length) => {
      range(from >>> 0, length >>> 0, memory.buffer.byteLength);
      output.push(new Uint8Array(memory.buffer.slice(from >>> 0, (from >>> 0) + (length >>> 0))));
    },
    exit: (code) => {
      throw new Exit(code >>> 0);
    },
  };
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(module), { market });
  memory = exports.memory;
  exports.fuel.value = limit;
  let status = 'exit';
  let code = 0;
  try {
    exports._run();
  } catch (e) {
    if (e instanceof Exit) code = e.code;
    else if (e instanceof WebAssembly.RuntimeError) status = 'trap';
    else throw e;
  }
  const left = exports.fuel.value > 0n ? exports.fuel.value : 0n;
  return `${status} ${code} ${limit - left} ${digest(...output)} ${digest(new Uint8Array(memory.buffer))}`;
}

if (isMainThread) {
  // A worker, because only its stack can be made deep enough for the deepest call that the depth guard allows.
  new Worker(fileURLToPath(import.meta.url), { resourceLimits: { stackSizeMb: 256 } })
    .on('error', (e) => {
      console.error(e);
      process.exitCode = 1;
    });
} else {
  const all = readFileSync(0);
  const lines = [];
  for (let at = 0; at < all.length;) {
    const limit = all.readBigInt64LE(at);
    const moduleEnd = at + 16 + all.readUInt32LE(at + 8);
    const inputEnd = moduleEnd + all.readUInt32LE(at + 12);
    lines.push(run(all.subarray(at + 16, moduleEnd), all.subarray(moduleEnd, inputEnd), limit));
    at = inputEnd;
  }
  process.stdout.write(lines.join('\n') + '\n');
}

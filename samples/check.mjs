// Builds every sample again and compares it, byte for byte, with the wasm that is committed.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const scratch = mkdtempSync(join(tmpdir(), 'market-samples-'));
let failed = false;
try {
  for (const name of ['fractal', 'split', 'textstats', 'text', 'picture', 'life']) {
    const rebuilt = join(scratch, `${name}.wasm`);
    execFileSync(
      process.execPath,
      [join('node_modules', 'assemblyscript', 'bin', 'asc.js'), `${name}/assembly/${name}.ts`, '--config', 'asconfig.json', '--outFile', rebuilt],
      { cwd: here, stdio: ['ignore', 'ignore', 'inherit'] },
    );
    const same = readFileSync(rebuilt).equals(readFileSync(join(here, name, `${name}.wasm`)));
    console.log(`${name}.wasm ${same ? 'is what its source builds' : 'DIFFERS from what its source builds: npm run build, and commit it'}`);
    failed ||= !same;
  }
} finally {
  rmSync(scratch, { recursive: true });
}
process.exitCode = failed ? 1 : 0;

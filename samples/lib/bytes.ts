// Standard input as bytes, and a buffer for standard output. Frames: each part with its length before it, 4 bytes, little-endian.

const CHUNK: i32 = 64 << 10;

let input: ArrayBuffer = new ArrayBuffer(CHUNK);
let length: i32 = 0;
let output: ArrayBuffer = new ArrayBuffer(CHUNK);
let written: i32 = 0;

function larger(buffer: ArrayBuffer, used: i32, needed: i32): ArrayBuffer {
  if (buffer.byteLength >= needed) return buffer;
  const grown = new ArrayBuffer(max(buffer.byteLength * 2, needed));
  memory.copy(changetype<usize>(grown), changetype<usize>(buffer), used);
  return grown;
}

/** Reads standard input to its end and says how many bytes it has. */
export function readAll(): i32 {
  let read = 1;
  while (read > 0) {
    input = larger(input, length, length + CHUNK);
    read = process.stdin.read(input, length);
    if (read > 0) length += read;
  }
  return length;
}

export function at(index: i32): i32 {
  return load<u8>(changetype<usize>(input) + index);
}

/** Four bytes of the input as a number. */
export function wordAt(index: i32): i32 {
  return load<i32>(changetype<usize>(input) + index);
}

/** Bytes of the input as text. */
export function text(start: i32, size: i32): string {
  return String.UTF8.decodeUnsafe(changetype<usize>(input) + start, size);
}

export function put(byte: i32): void {
  output = larger(output, written, written + 1);
  store<u8>(changetype<usize>(output) + written++, <u8>byte);
}

/** Four bytes, little-endian. */
export function putWord(value: i32): void {
  for (let shift = 0; shift < 32; shift += 8) put(value >>> shift);
}

/** Four bytes, big-endian. */
export function putBig(value: u32): void {
  for (let shift = 24; shift >= 0; shift -= 8) put(value >>> shift);
}

export function putInput(start: i32, size: i32): void {
  output = larger(output, written, written + size);
  memory.copy(changetype<usize>(output) + written, changetype<usize>(input) + start, size);
  written += size;
}

export function putText(value: string): void {
  const bytes = Uint8Array.wrap(String.UTF8.encode(value));
  for (let i = 0; i < bytes.length; i++) put(bytes[i]);
}

export function outputAt(index: i32): i32 {
  return load<u8>(changetype<usize>(output) + index);
}

export function outputLength(): i32 {
  return written;
}

export function flush(): void {
  process.stdout.write(output.slice(0, written));
}

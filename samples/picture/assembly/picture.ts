// Makes one PNG (stored, not compressed) of frames of binary PPMs, as many side by side in each row as the argument says.
import { at, flush, outputAt, outputLength, put, putBig, putInput, putText, readAll, wordAt } from "../../lib/bytes";

class Picture {
  constructor(public width: i32, public height: i32, public start: i32) {}
}

let cursor: i32 = 0;

function number(): i32 {
  let value = 0;
  for (; at(cursor) >= 48 && at(cursor) <= 57; cursor++) value = value * 10 + at(cursor) - 48;
  cursor++;
  return value;
}

// "P6\n<width> <height>\n255\n", as the fractal writes it.
function read(start: i32): Picture {
  cursor = start + 3;
  const width = number();
  const height = number();
  number();
  return new Picture(width, height, cursor);
}

function frames(length: i32): Picture[] {
  const found: Picture[] = [];
  for (let frame = 0; frame < length; frame += 4 + wordAt(frame)) found.push(read(frame + 4));
  return found;
}

function crc(start: i32, end: i32): u32 {
  let value: u32 = 0xffffffff;
  for (let i = start; i < end; i++) {
    value ^= outputAt(i);
    for (let bit = 0; bit < 8; bit++) value = (value & 1) != 0 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  }
  return ~value;
}

// RFC 2083: length, type, data, checksum of both.
function seal(start: i32): void {
  putBig(crc(start, outputLength()));
}

function png(parts: Picture[], columns: i32): void {
  let width = 0;
  let height = 0;
  for (let i = 0; i < columns; i++) width += parts[i].width;
  for (let i = 0; i < parts.length; i += columns) height += parts[i].height;
  put(137);
  putText("PNG\r\n");
  put(26);
  put(10);
  putBig(13);
  let start = outputLength();
  putText("IHDR");
  putBig(width);
  putBig(height);
  put(8);
  put(2);
  for (let i = 0; i < 3; i++) put(0);
  seal(start);

  // RFC 1950, 1951: one stored block for each line, which starts with its filter, none.
  const line = width * 3 + 1;
  putBig(2 + height * (line + 5) + 4);
  start = outputLength();
  putText("IDAT");
  put(0x78);
  put(0x01);
  let a: u32 = 1, b: u32 = 0;
  let left = height;
  for (let i = 0; i < parts.length; i += columns) {
    for (let y = 0; y < parts[i].height; y++) {
      put(--left == 0 ? 1 : 0);
      put(line);
      put(line >> 8);
      put(~line);
      put(~line >> 8);
      put(0);
      b = (b + a) % 65521;
      for (let column = i; column < i + columns; column++) {
        const size = parts[column].width * 3;
        const from = parts[column].start + y * size;
        putInput(from, size);
        for (let x = 0; x < size; x++) {
          a = (a + at(from + x)) % 65521;
          b = (b + a) % 65521;
        }
      }
    }
  }
  putBig((b << 16) | a);
  seal(start);
  putBig(0);
  start = outputLength();
  putText("IEND");
  seal(start);
}

function main(): void {
  const columns = process.argv.length == 2 ? <i32>parseInt(process.argv[1]) : 0;
  const parts = frames(readAll());
  if (columns < 1 || parts.length == 0 || parts.length % columns != 0) process.exit(2);
  png(parts, columns);
  flush();
}

main();

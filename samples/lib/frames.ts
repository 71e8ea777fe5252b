// Frames as docs/jobs.md describes them: joins that stages read, lists that a fan-out reads.

const CHUNK: i32 = 64 << 10;

/** Bytes that grow at their end. */
export class Bytes {
  data: ArrayBuffer = new ArrayBuffer(CHUNK);
  length: i32 = 0;

  @inline
  private start(): usize {
    return changetype<usize>(this.data);
  }

  /** Makes room for `more` bytes behind the last. */
  reserve(more: i32): void {
    let size = this.data.byteLength;
    if (size - this.length >= more) return;
    while (size - this.length < more) size *= 2;
    const larger = new ArrayBuffer(size);
    memory.copy(changetype<usize>(larger), this.start(), this.length);
    this.data = larger;
  }

  at(index: i32): u8 {
    return load<u8>(this.start() + index);
  }

  /** The four bytes at `index`, little-endian. */
  u32(index: i32): u32 {
    return load<u32>(this.start() + index);
  }

  /** Appends `count` bytes of `other` from `from` on. */
  append(other: Bytes, from: i32, count: i32): void {
    this.reserve(count);
    memory.copy(this.start() + this.length, changetype<usize>(other.data) + from, count);
    this.length += count;
  }

  /** Appends a frame of `count` bytes of `other` from `from` on. */
  frame(other: Bytes, from: i32, count: i32): void {
    this.reserve(4);
    store<u32>(this.start() + this.length, <u32>count);
    this.length += 4;
    this.append(other, from, count);
  }

  /** Everything on standard input. */
  static readAll(): Bytes {
    const all = new Bytes();
    let read: i32;
    do {
      all.reserve(CHUNK);
      read = <i32>process.stdin.read(all.data, all.length);
      all.length += read;
    } while (read > 0);
    return all;
  }

  /** Writes everything to standard output. */
  writeAll(): void {
    process.stdout.write(this.data.slice(0, this.length));
  }
}

/** Bytes of a list's head: one leaf of the output's tree, so that it opens on-chain. */
export const HEAD: i32 = 128;

/** An empty list; frames are appended, then `finish` says how many there are. */
export function newList(): Bytes {
  const list = new Bytes();
  list.length = HEAD; // a new buffer is zeros
  const magic = String.UTF8.encode('MKTLIST1');
  memory.copy(changetype<usize>(list.data), changetype<usize>(magic), 8);
  return list;
}

/** Writes the number of frames into the head. */
export function finish(list: Bytes, frames: u64): void {
  store<u64>(changetype<usize>(list.data) + 8, bswap<u64>(frames));
}

// Counts a text on standard input and writes one JSON object to standard output.
//
// A word is a run of letters: A-Z without regard to case, and every byte of a character beyond ASCII. A sentence ends
// where a word or closing mark is followed by '.', '!' or '?'. The ten most frequent words are sorted by count, then
// by their bytes.

const CHUNK: i32 = 64 << 10;
const TOP: i32 = 10;

let text: ArrayBuffer = new ArrayBuffer(CHUNK);
let length: i32 = 0;

// Open addressing over the words' places in the text.
let slots: i32 = 1 << 12;
let starts: StaticArray<i32> = new StaticArray<i32>(1 << 12);
let sizes: StaticArray<i32> = new StaticArray<i32>(1 << 12);
let counts: StaticArray<i32> = new StaticArray<i32>(1 << 12);
let unique: i32 = 0;

function readAll(): void {
  for (;;) {
    if (text.byteLength - length < CHUNK) {
      const larger = new ArrayBuffer(text.byteLength * 2);
      memory.copy(changetype<usize>(larger), changetype<usize>(text), length);
      text = larger;
    }
    const read = process.stdin.read(text, length);
    if (read <= 0) return;
    length += read;
  }
}

function at(index: i32): i32 {
  return load<u8>(changetype<usize>(text) + index);
}

// Lower case in place, so that equal words have equal bytes.
function lower(): void {
  for (let i = 0; i < length; i++) {
    const byte = at(i);
    if (byte >= 65 && byte <= 90) store<u8>(changetype<usize>(text) + i, <u8>(byte + 32));
  }
}

function isLetter(byte: i32): bool {
  return (byte >= 97 && byte <= 122) || byte >= 128;
}

function hash(start: i32, size: i32): i32 {
  let value: u32 = 2166136261;
  for (let i = 0; i < size; i++) value = (value ^ <u32>at(start + i)) * 16777619;
  return <i32>(value & <u32>(slots - 1));
}

function compare(a: i32, aSize: i32, b: i32, bSize: i32): i32 {
  const shared = min(aSize, bSize);
  for (let i = 0; i < shared; i++) {
    const difference = at(a + i) - at(b + i);
    if (difference != 0) return difference;
  }
  return aSize - bSize;
}

function slotOf(start: i32, size: i32): i32 {
  let slot = hash(start, size);
  while (counts[slot] != 0 && compare(starts[slot], sizes[slot], start, size) != 0) slot = (slot + 1) & (slots - 1);
  return slot;
}

function grow(): void {
  const oldStarts = starts, oldSizes = sizes, oldCounts = counts;
  slots *= 2;
  starts = new StaticArray<i32>(slots);
  sizes = new StaticArray<i32>(slots);
  counts = new StaticArray<i32>(slots);
  for (let i = 0; i < oldCounts.length; i++) {
    if (oldCounts[i] == 0) continue;
    const slot = slotOf(oldStarts[i], oldSizes[i]);
    starts[slot] = oldStarts[i];
    sizes[slot] = oldSizes[i];
    counts[slot] = oldCounts[i];
  }
}

function addWord(start: i32, size: i32): void {
  const slot = slotOf(start, size);
  if (counts[slot] == 0) {
    starts[slot] = start;
    sizes[slot] = size;
    unique++;
  }
  counts[slot]++;
  if (unique * 2 > slots) grow();
}

function word(start: i32, size: i32): string {
  return String.UTF8.decodeUnsafe(changetype<usize>(text) + start, size);
}

// Takes the most frequent word out of the table; its slot, or -1.
function takeTop(): i32 {
  let best = -1;
  for (let i = 0; i < slots; i++) {
    if (counts[i] <= 0) continue;
    if (best >= 0 && counts[i] < counts[best]) continue;
    if (best >= 0 && counts[i] == counts[best] && compare(starts[i], sizes[i], starts[best], sizes[best]) > 0) continue;
    best = i;
  }
  return best;
}

function main(): void {
  readAll();
  lower();

  let lines = 0, characters = 0, words = 0, letters = 0, sentences = 0, longestStart = 0, longestSize = 0;
  let inSentence = false;
  for (let i = 0; i < length;) {
    const byte = at(i);
    if (isLetter(byte)) {
      const start = i;
      while (i < length && isLetter(at(i))) {
        if ((at(i) & 0xc0) != 0x80) letters++;
        i++;
      }
      words++;
      inSentence = true;
      addWord(start, i - start);
      if (i - start > longestSize) {
        longestStart = start;
        longestSize = i - start;
      }
      continue;
    }
    if (byte == 10) lines++;
    if (inSentence && (byte == 46 || byte == 33 || byte == 63)) {
      sentences++;
      inSentence = false;
    }
    i++;
  }
  for (let i = 0; i < length; i++) {
    if ((at(i) & 0xc0) != 0x80) characters++;
  }

  let json = '{"bytes":' + length.toString() + ',"characters":' + characters.toString()
    + ',"lines":' + lines.toString() + ',"sentences":' + sentences.toString()
    + ',"words":' + words.toString() + ',"uniqueWords":' + unique.toString()
    + ',"meanWordLength":' + hundredths(letters, words) + ',"meanSentenceLength":' + hundredths(words, sentences)
    + ',"longestWord":"' + word(longestStart, longestSize) + '","top":[';
  for (let i = 0; i < TOP; i++) {
    const slot = takeTop();
    if (slot < 0) break;
    if (i > 0) json += ",";
    json += '{"word":"' + word(starts[slot], sizes[slot]) + '","count":' + counts[slot].toString() + "}";
    counts[slot] = -1;
  }
  process.stdout.write(json + "]}\n");
}

// a / b with two decimals, rounded down; integers only, so that every reader prints the same.
function hundredths(a: i32, b: i32): string {
  if (b == 0) return "0.00";
  const scaled = <i64>a * 100 / b;
  const fraction = scaled % 100;
  return (scaled / 100).toString() + "." + (fraction < 10 ? "0" : "") + fraction.toString();
}

main();

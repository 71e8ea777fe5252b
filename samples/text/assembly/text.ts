// Small steps over texts, for jobs of several stages. The first argument says which:
//
//   lower    the text in lower-case letters
//   count    its words, one on a line with how often it comes, in the order of their bytes
//   letters  how many letters it has
//   merge    frames of counts become one
//   pair     frames are written one below the other
//   split    its paragraphs, as a list that a stage with fanOut reads
import { at, flush, put, putInput, putText, putWord, readAll, text, wordAt } from "../../lib/bytes";

function isLetter(byte: i32): bool {
  return (byte >= 97 && byte <= 122) || (byte >= 65 && byte <= 90) || byte >= 128;
}

function lower(byte: i32): i32 {
  return byte >= 65 && byte <= 90 ? byte + 32 : byte;
}

function write(counts: Map<string, i32>): void {
  const words = counts.keys();
  words.sort();
  for (let i = 0; i < words.length; i++) putText(words[i] + " " + counts.get(words[i]).toString() + "\n");
}

function add(counts: Map<string, i32>, word: string, times: i32): void {
  counts.set(word, (counts.has(word) ? counts.get(word) : 0) + times);
}

function count(length: i32): void {
  const counts = new Map<string, i32>();
  for (let i = 0; i < length;) {
    const start = i;
    while (i < length && isLetter(at(i))) i++;
    if (i > start) add(counts, text(start, i - start).toLowerCase(), 1);
    else i++;
  }
  write(counts);
}

function merge(length: i32): void {
  const counts = new Map<string, i32>();
  for (let frame = 0; frame < length;) {
    const end = frame + 4 + wordAt(frame);
    for (let i = frame + 4; i < end;) {
      const start = i;
      while (at(i) != 32) i++;
      const word = text(start, i - start);
      let times = 0;
      for (i++; at(i) != 10; i++) times = times * 10 + at(i) - 48;
      i++;
      add(counts, word, times);
    }
    frame = end;
  }
  write(counts);
}

function pair(length: i32): void {
  for (let frame = 0; frame < length;) {
    const size = wordAt(frame);
    putInput(frame + 4, size);
    frame += 4 + size;
  }
}

function paragraphs(length: i32): StaticArray<i32>[] {
  const found: StaticArray<i32>[] = [];
  for (let i = 0; i < length;) {
    while (i < length && at(i) == 10) i++;
    const start = i;
    while (i < length && !(at(i) == 10 && (i + 1 >= length || at(i + 1) == 10))) i++;
    if (i > start) found.push([start, i - start]);
  }
  return found;
}

function split(length: i32): void {
  const found = paragraphs(length);
  putText("MKTLIST1");
  for (let i = 0; i < 4; i++) put(0);
  for (let shift = 24; shift >= 0; shift -= 8) put(found.length >>> shift);
  for (let i = 16; i < 128; i++) put(0);
  for (let i = 0; i < found.length; i++) {
    putWord(found[i][1]);
    putInput(found[i][0], found[i][1]);
  }
}

function main(): void {
  const mode = process.argv[1];
  const length = readAll();
  if (mode == "lower") {
    for (let i = 0; i < length; i++) put(lower(at(i)));
  } else if (mode == "count") count(length);
  else if (mode == "letters") {
    let letters = 0;
    for (let i = 0; i < length; i++) if (isLetter(at(i)) && (at(i) & 0xc0) != 0x80) letters++;
    putText("letters " + letters.toString() + "\n");
  } else if (mode == "merge") merge(length);
  else if (mode == "pair") pair(length);
  else if (mode == "split") split(length);
  else process.exit(2);
  flush();
}

main();

// Cuts a text on standard input into parts at line ends and writes them as a list, for a stage with fanOut.
//
//   split <bytes>
//
// Every part but the last has at least so many bytes, and no line is cut. A text without lines gives one empty part.

import { Bytes, finish, newList } from '../../lib/frames';

const NEWLINE: u8 = 10;

const least = I32.parseInt(process.argv[1]);
if (process.argv.length != 2 || least < 1) process.exit(2);
const text = Bytes.readAll();
const list = newList();
let parts: u64 = 0;
let start = 0;
for (let i = 0; i < text.length; i++) {
  if (text.at(i) != NEWLINE || i + 1 - start < least) continue;
  list.frame(text, start, i + 1 - start);
  parts++;
  start = i + 1;
}

if (start < text.length || parts == 0) {
  list.frame(text, start, text.length - start);
  parts++;
}

finish(list, parts);
list.writeAll();

// One generation of Conway's Game of Life on a torus. A board is lines of '#' and '.', all of one length.
import { at, flush, put, readAll } from "../../lib/bytes";

function main(): void {
  const length = readAll();
  let width = 0;
  while (width < length && at(width) != 10) width++;
  const height = (length + 1) / (width + 1);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      let alive = 0;
      for (let dy = -1; dy <= 1; dy++) {
        for (let dx = -1; dx <= 1; dx++) {
          if (dx == 0 && dy == 0) continue;
          if (at(((y + dy + height) % height) * (width + 1) + ((x + dx + width) % width)) == 35) alive++;
        }
      }
      const lives = at(y * (width + 1) + x) == 35;
      put(alive == 3 || (lives && alive == 2) ? 35 : 46);
    }
    put(10);
  }
  flush();
}

main();

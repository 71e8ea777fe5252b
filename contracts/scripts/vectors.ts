// Writes ../tests/vectors/matching.json: random books with the fills that the definition of the pricing rule gives. The contract
// and the C# matcher are both held to it. Run as `npm run vectors`; running it again leaves no difference.
import { writeFileSync } from "node:fs";
import { randomBook, sellersOf } from "../test/support/books.ts";
import { award } from "../test/support/reference.ts";

const books = Array.from({ length: 2_000 }, (_, i) => {
  const book = randomBook(i + 1);
  const sellers = sellersOf(book);
  const fills = award(sellers, book.demand, book.maxTick);
  return JSON.stringify({
    seed: i + 1,
    demand: book.demand,
    maxTick: book.maxTick,
    // Bids in order of arrival; device i + 1: tick, and how many tasklets it can take (0: it does not fit).
    sellers: sellers.map((seller) => [seller.tick, seller.capacity]),
    // Cheapest first: device, tasklets, 2^-32 base units per Mfuel.
    fills: fills.map((fill) => [fill.device, fill.count, fill.unitPrice.toString()]),
  });
});
writeFileSync(new URL("../../tests/vectors/matching.json", import.meta.url), `{"books": [\n${books.join(",\n")}\n]}\n`);

// Compresses standard input by LZSS with a hash chain, expands it again, and reports sizes, checksums and the most
// frequent bytes. Exits with 1 if what comes back is not what went in.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WINDOW = 1 << 15, LEAST = 4, MOST = 258, CHAIN = 64, HASHES = 1 << 14 };

static uint32_t crc(const uint8_t *bytes, size_t length) {
  static uint32_t table[256];
  if (!table[1])
    for (uint32_t i = 0; i < 256; i++) {
      uint32_t c = i;
      for (int k = 0; k < 8; k++) c = c & 1 ? 0xedb88320u ^ (c >> 1) : c >> 1;
      table[i] = c;
    }
  uint32_t c = ~0u;
  for (size_t i = 0; i < length; i++) c = table[(c ^ bytes[i]) & 0xff] ^ (c >> 8);
  return ~c;
}

static uint32_t hash(const uint8_t *p) {
  return (p[0] | p[1] << 8 | p[2] << 16 | (uint32_t)p[3] << 24) * 2654435761u >> 18;
}

// Groups of eight items behind a byte of flags: a set bit is a match (distance 2 bytes, length - LEAST 1 byte).
static size_t compress(const uint8_t *in, size_t length, uint8_t *out) {
  static int32_t head[HASHES];
  int32_t *previous = malloc((length + 1) * sizeof *previous);
  memset(head, 0xff, sizeof head);
  size_t end = 0, flags = 0, at = 0;
  for (int bit = 0; at < length; bit = (bit + 1) & 7) {
    if (bit == 0) out[flags = end++] = 0;
    size_t best = 0, distance = 0;
    if (at + LEAST <= length) {
      int32_t from = head[hash(in + at)];
      for (int tries = CHAIN; from >= 0 && tries > 0 && at - from < WINDOW; tries--, from = previous[from]) {
        size_t n = 0;
        while (n < MOST && at + n < length && in[from + n] == in[at + n]) n++;
        if (n > best) best = n, distance = at - from;
      }
    }
    size_t step = best >= LEAST ? best : 1;
    if (best >= LEAST) {
      out[flags] |= 1 << bit;
      out[end++] = distance & 0xff;
      out[end++] = distance >> 8;
      out[end++] = best - LEAST;
    } else {
      out[end++] = in[at];
    }
    for (; step > 0; step--, at++)
      if (at + LEAST <= length) {
        uint32_t h = hash(in + at);
        previous[at] = head[h];
        head[h] = at;
      }
  }
  free(previous);
  return end;
}

static size_t expand(const uint8_t *in, size_t length, uint8_t *out) {
  size_t at = 0, end = 0;
  while (at < length) {
    uint8_t flags = in[at++];
    for (int bit = 0; bit < 8 && at < length; bit++) {
      if (flags >> bit & 1) {
        size_t distance = in[at] | in[at + 1] << 8, n = in[at + 2] + LEAST;
        at += 3;
        for (; n > 0; n--, end++) out[end] = out[end - distance];
      } else {
        out[end++] = in[at++];
      }
    }
  }
  return end;
}

int main(void) {
  size_t length = 0, room = 1 << 16;
  uint8_t *text = malloc(room);
  for (size_t n; (n = fread(text + length, 1, room - length, stdin)) > 0;)
    if ((length += n) == room) text = realloc(text, room *= 2);
  uint8_t *packed = malloc(length + length / 8 + 16), *back = malloc(length + MOST);
  size_t small = compress(text, length, packed), again = expand(packed, small, back);
  printf("%zu bytes, %zu packed, ratio %.3f\n", length, small, length ? (double)small / length : 0);
  printf("crc %08x, packed %08x\n", crc(text, length), crc(packed, small));
  size_t counts[256] = {0};
  for (size_t i = 0; i < length; i++) counts[text[i]]++;
  for (int place = 1; place <= 3; place++) {
    int top = 0;
    for (int b = 1; b < 256; b++)
      if (counts[b] > counts[top]) top = b;
    if (counts[top]) printf("%d. 0x%02x %zu times\n", place, top, counts[top]);
    counts[top] = 0;
  }
  return again == length && memcmp(text, back, length) == 0 ? 0 : 1;
}

// Writes a JSON-like text of n records, then reads it n times over by recursive descent, adding up what it holds.
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *at;

static void space(void) {
  while (isspace((unsigned char)*at)) at++;
}

static double value(void) {
  double sum = 0;
  space();
  switch (*at) {
    case '{':
    case '[': {
      char end = *at++ == '{' ? '}' : ']';
      for (space(); *at != end; space()) {
        sum += value();
        space();
        if (*at == ':' || *at == ',') at++;
      }
      at++;
      return sum;
    }
    case '"':
      for (at++; *at != '"'; at++) sum += *at == '\\' ? (at++, 1) : 0.5;
      at++;
      return sum;
    case 't': at += 4; return 1;
    case 'f': at += 5; return 0;
    default: {
      int negative = *at == '-';
      if (negative) at++;
      while (isdigit((unsigned char)*at)) sum = sum * 10 + (*at++ - '0');
      if (*at == '.') {
        double scale = 0.1;
        for (at++; isdigit((unsigned char)*at); scale /= 10) sum += (*at++ - '0') * scale;
      }
      return negative ? -sum : sum;
    }
  }
}

int main(int argc, char **argv) {
  int n = argc > 1 ? atoi(argv[1]) : 20;
  char *text = malloc(n * 120 + 3), *end = text;
  *end++ = '[';
  for (int i = 0; i < n; i++) {
    end += sprintf(end, "{\"id\": %d, \"name\": \"record \\\"%d\\\"\", \"size\": %d.%02d, \"tags\": [\"a\", \"bc\", %s], \"deep\": [[[-%d]]]}%s", i, i * 7 % 100,
                   i % 91, i % 100, i % 3 ? "true" : "false", i % 10, i + 1 < n ? ", " : "");
  }
  strcpy(end, "]");
  double sum = 0;
  for (int round = 0; round < n; round++) {
    at = text;
    sum += value();
  }
  printf("%.3f\n", sum);
  return 0;
}

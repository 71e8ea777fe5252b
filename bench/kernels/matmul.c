// Multiplies two n x n matrices of doubles ten times.
#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv) {
  int n = argc > 1 ? atoi(argv[1]) : 64;
  double *a = malloc(n * n * sizeof *a), *b = malloc(n * n * sizeof *b), *c = calloc(n * n, sizeof *c);
  for (int i = 0; i < n * n; i++) {
    a[i] = (i % 17) * 0.25;
    b[i] = (i % 13) * 0.5;
  }
  for (int round = 0; round < 10; round++)
    for (int i = 0; i < n; i++)
      for (int k = 0; k < n; k++) {
        double x = a[i * n + k];
        for (int j = 0; j < n; j++) c[i * n + j] += x * b[k * n + j];
      }
  double sum = 0;
  for (int i = 0; i < n * n; i++) sum += c[i] * (i % 7);
  printf("%.17g\n", sum);
  return 0;
}

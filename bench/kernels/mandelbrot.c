// Counts iterations over an n x n picture of the Mandelbrot set, at most 1,000 a point.
#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv) {
  int n = argc > 1 ? atoi(argv[1]) : 64;
  long total = 0;
  for (int py = 0; py < n; py++) {
    for (int px = 0; px < n; px++) {
      double x0 = px * 3.0 / n - 2.0, y0 = py * 2.0 / n - 1.0, x = 0, y = 0;
      int i = 0;
      while (x * x + y * y <= 4.0 && i < 1000) {
        double t = x * x - y * y + x0;
        y = 2 * x * y + y0;
        x = t;
        i++;
      }
      total += i;
    }
  }
  printf("%ld\n", total);
  return 0;
}

// Sorts n pseudo-random integers by quicksort and insertion.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

static void sort(uint32_t *a, int low, int high) {
  while (high - low > 16) {
    uint32_t p = a[(low + high) / 2];
    int i = low, j = high;
    while (i <= j) {
      while (a[i] < p) i++;
      while (a[j] > p) j--;
      if (i <= j) {
        uint32_t t = a[i];
        a[i++] = a[j];
        a[j--] = t;
      }
    }
    if (j - low < high - i) {
      sort(a, low, j);
      low = i;
    } else {
      sort(a, i, high);
      high = j;
    }
  }
  for (int i = low + 1; i <= high; i++) {
    uint32_t x = a[i];
    int j = i;
    for (; j > low && a[j - 1] > x; j--) a[j] = a[j - 1];
    a[j] = x;
  }
}

int main(int argc, char **argv) {
  int n = argc > 1 ? atoi(argv[1]) : 10000;
  uint32_t *a = malloc(n * sizeof *a), x = 2463534242;
  for (int i = 0; i < n; i++) {
    x ^= x << 13;
    x ^= x >> 17;
    x ^= x << 5;
    a[i] = x;
  }
  sort(a, 0, n - 1);
  uint64_t sum = 0;
  for (int i = 0; i < n; i++) sum = sum * 31 + a[i];
  printf("%llu\n", (unsigned long long)sum);
  return 0;
}

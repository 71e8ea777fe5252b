// One tile of a view into the Mandelbrot set, as a binary PPM on standard output.
//
//   fractal <tile> <tiles> [<width> <height>]
//
// The picture is cut into a square grid of <tiles> tiles, counted row by row. Every pixel depends on its position in
// the whole picture alone, so tiles fit without seams and any engine computes the same bytes: only f64 operations that
// IEEE 754 defines exactly are used, and logarithms are worked out here.

// The view: a spiral in Seahorse Valley.
const CENTRE_X: f64 = -0.743643887037151;
const CENTRE_Y: f64 = 0.13182590420533;
const VIEW_WIDTH: f64 = 0.0045;

const MAX_ITERATIONS: i32 = 1200;
const ESCAPE: f64 = 1e6; // squared radius: far out, so that colours have no seams
const SAMPLES: i32 = 2; // per pixel and axis

// Colours, as squares of intensities, met one after another as the escape time grows; then from the start.
const STOPS: i32 = 6;
const RED: StaticArray<f64> = [0.0, 0.008, 0.12, 0.92, 0.98, 0.25];
const GREEN: StaticArray<f64> = [0.004, 0.09, 0.55, 0.9, 0.42, 0.02];
const BLUE: StaticArray<f64> = [0.06, 0.42, 0.85, 0.78, 0.02, 0.015];

// Light from the upper left, at some height above the picture's plane.
const LIGHT_X: f64 = -0.7071067811865476;
const LIGHT_Y: f64 = 0.7071067811865476;
const LIGHT_HEIGHT: f64 = 1.5;

let red: f64 = 0;
let green: f64 = 0;
let blue: f64 = 0;

// log2 of a positive normal number: exponent, and a series in (m-1)/(m+1) for the mantissa m in [1, 2).
function log2(x: f64): f64 {
  const bits = reinterpret<u64>(x);
  let exponent = <f64>(<i32>(bits >> 52) - 1023);
  let m = reinterpret<f64>((bits & 0x000fffffffffffff) | 0x3ff0000000000000);
  if (m > 1.4142135623730951) {
    m = m * 0.5;
    exponent = exponent + 1.0;
  }
  const s = (m - 1.0) / (m + 1.0);
  const q = s * s;
  let series = 1.0 / 11.0;
  series = series * q + 1.0 / 9.0;
  series = series * q + 1.0 / 7.0;
  series = series * q + 1.0 / 5.0;
  series = series * q + 1.0 / 3.0;
  series = series * q + 1.0;
  return exponent + 2.0 * s * series * 1.4426950408889634;
}

// Adds the colour of the point c to red, green and blue.
function addSample(cx: f64, cy: f64): void {
  let x: f64 = 0, y: f64 = 0, xx: f64 = 0, yy: f64 = 0;
  let dx: f64 = 0, dy: f64 = 0; // derivative of z by c: its direction gives the slope of the escape time
  let n: i32 = 0;
  while (xx + yy <= ESCAPE) {
    if (n == MAX_ITERATIONS) return; // inside: black
    const nextDx = 2.0 * (x * dx - y * dy) + 1.0;
    dy = 2.0 * (x * dy + y * dx);
    dx = nextDx;
    y = 2.0 * x * y + cy;
    x = xx - yy + cx;
    xx = x * x;
    yy = y * y;
    n++;
  }

  // Escape time as a continuous number; the palette is walked by its logarithm, so that deep spirals stay readable.
  const time = <f64>n + 1.0 - log2(0.5 * log2(xx + yy));
  const position = log2(time < 1.0 ? 1.0 : time) * 2.6 - 14.2;
  const turn = position - floor(position / <f64>STOPS) * <f64>STOPS;
  let stop = <i32>turn;
  if (stop >= STOPS) stop = 0;
  const next = stop + 1 == STOPS ? 0 : stop + 1;
  let t = turn - <f64>stop;
  t = t * t * (3.0 - 2.0 * t);

  // z / dz points along the normal of the level line through c.
  const dd = dx * dx + dy * dy;
  let ux = (x * dx + y * dy) / dd;
  let uy = (y * dx - x * dy) / dd;
  const length = sqrt(ux * ux + uy * uy);
  ux = ux / length;
  uy = uy / length;
  let shade = (ux * LIGHT_X + uy * LIGHT_Y + LIGHT_HEIGHT) / (1.0 + LIGHT_HEIGHT);
  shade = 0.25 + 0.75 * shade;

  red += shade * (unchecked(RED[stop]) + t * (unchecked(RED[next]) - unchecked(RED[stop])));
  green += shade * (unchecked(GREEN[stop]) + t * (unchecked(GREEN[next]) - unchecked(GREEN[stop])));
  blue += shade * (unchecked(BLUE[stop]) + t * (unchecked(BLUE[next]) - unchecked(BLUE[stop])));
}

// Mean of the samples' squared intensities, as a byte.
function toByte(sum: f64): u8 {
  const value = sqrt(sum / <f64>(SAMPLES * SAMPLES)) * 255.0 + 0.5;
  return value >= 255.0 ? 255 : <u8>value;
}

function fail(): void {
  process.exit(2);
}

function positive(text: string): i32 {
  let value: i32 = 0;
  for (let i = 0; i < text.length; i++) {
    const digit = text.charCodeAt(i) - 48;
    if (digit < 0 || digit > 9 || value > 1_000_000) fail();
    value = value * 10 + digit;
  }
  if (text.length == 0) fail();
  return value;
}

function main(): void {
  const argv = process.argv;
  if (argv.length != 3 && argv.length != 5) fail();
  const tile = positive(argv[1]);
  const tiles = positive(argv[2]);
  const width = argv.length == 5 ? positive(argv[3]) : 1024;
  const height = argv.length == 5 ? positive(argv[4]) : 1024;
  const side = <i32>sqrt(<f64>tiles);
  if (tiles == 0 || side * side != tiles || tile >= tiles || width < side || height < side) fail();

  const column = tile % side;
  const row = tile / side;
  const left = <i32>(<i64>column * width / side);
  const right = <i32>(<i64>(column + 1) * width / side);
  const top = <i32>(<i64>row * height / side);
  const bottom = <i32>(<i64>(row + 1) * height / side);

  process.stdout.write("P6\n" + (right - left).toString() + " " + (bottom - top).toString() + "\n255\n");
  const pixels = new ArrayBuffer((right - left) * (bottom - top) * 3);
  let at = changetype<usize>(pixels);
  const step = VIEW_WIDTH / <f64>width;
  for (let py = top; py < bottom; py++) {
    for (let px = left; px < right; px++) {
      red = 0;
      green = 0;
      blue = 0;
      for (let sy = 0; sy < SAMPLES; sy++) {
        for (let sx = 0; sx < SAMPLES; sx++) {
          const u = <f64>px + (<f64>sx + 0.5) / <f64>SAMPLES - <f64>width * 0.5;
          const v = <f64>py + (<f64>sy + 0.5) / <f64>SAMPLES - <f64>height * 0.5;
          addSample(CENTRE_X + u * step, CENTRE_Y - v * step);
        }
      }
      store<u8>(at, toByte(red), 0);
      store<u8>(at, toByte(green), 1);
      store<u8>(at, toByte(blue), 2);
      at += 3;
    }
  }
  process.stdout.write(pixels);
}

main();

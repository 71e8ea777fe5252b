;; WASI preview 1 over the market's four primitives, linked into every canonical module. Nothing here reads a clock,
;; a random source, a file or an environment: a program's behaviour is a function of its input alone.
;;
;; The input is a frame and stdin behind it. Frame: magic 8 | stdin length 8 @8 | argc 4 @16 | argument bytes 4 @20 |
;; seed 32 @24 | zeros to 128 | arguments, each NUL-terminated | zeros to a multiple of 128.
;;
;; Time starts at a constant, gains a microsecond with each reading and jumps when the program sleeps.
;; Randomness is xoshiro256** seeded from the frame: repeatable and public, no source of secrets.
(module
  (import "market" "in_len" (func $in_len (result i32)))
  (import "market" "in_read" (func $in_read_raw (param i32 i32 i32)))
  (import "market" "out_write" (func $out_write_raw (param i32 i32)))
  (import "market" "exit" (func $exit (param i32)))
  (memory 0)

  ;; The linker and the meter know the first two by their position.
  (global $fuel (mut i64) (i64.const 0))
  (global $room (mut i64) (i64.const 131072)) ;; Limits.StackSlots less the slots of the active frames
  (global $stdin (mut i32) (i32.const 0)) ;; offset of the next byte of stdin in the input; 0 until first used
  (global $now (mut i64) (i64.const 946684800000000000)) ;; nanoseconds since 1970: 1 January 2000
  (global $seeded (mut i32) (i32.const 0))
  (global $s0 (mut i64) (i64.const 0))
  (global $s1 (mut i64) (i64.const 0))
  (global $s2 (mut i64) (i64.const 0))
  (global $s3 (mut i64) (i64.const 0))

  ;; ---- Charged operations: length / 64 + 4, taken and tested before the work is done ----

  (func $charge (param $length i32)
    (global.set $fuel (i64.sub (global.get $fuel)
      (i64.add (i64.extend_i32_u (i32.shr_u (local.get $length) (i32.const 6))) (i64.const 4))))
    (if (i64.lt_s (global.get $fuel) (i64.const 0)) (then (unreachable))))

  (func $memory.copy (export "memory.copy") (param $to i32) (param $from i32) (param $length i32)
    (call $charge (local.get $length))
    (memory.copy (local.get $to) (local.get $from) (local.get $length)))

  (func $memory.fill (export "memory.fill") (param $to i32) (param $value i32) (param $length i32)
    (call $charge (local.get $length))
    (memory.fill (local.get $to) (local.get $value) (local.get $length)))

  ;; Gained pages are charged after the fact: how many they are is not known before, and the page cap bounds them.
  (func $memory.grow (export "memory.grow") (param $pages i32) (result i32)
    (local $before i32)
    (local.set $before (memory.grow (local.get $pages)))
    (if (i32.ne (local.get $before) (i32.const -1))
      (then
        (global.set $fuel (i64.sub (global.get $fuel)
          (i64.shl (i64.extend_i32_u (local.get $pages)) (i64.const 10))))
        (if (i64.lt_s (global.get $fuel) (i64.const 0)) (then (unreachable)))))
    (local.get $before))

  (func $market.in_len (export "market.in_len") (result i32) (call $in_len))

  (func $in_read (export "market.in_read") (param $to i32) (param $offset i32) (param $length i32)
    (call $charge (local.get $length))
    (call $in_read_raw (local.get $to) (local.get $offset) (local.get $length)))

  (func $out_write (export "market.out_write") (param $from i32) (param $length i32)
    (call $charge (local.get $length))
    (call $out_write_raw (local.get $from) (local.get $length)))

  (func $market.exit (export "market.exit") (param $code i32)
    (call $exit (local.get $code))
    (unreachable))

  ;; ---- The frame ----

  ;; Eight bytes of the header. Input can only be read into memory, so they pass through its first eight bytes.
  (func $header (param $offset i32) (result i64)
    (local $saved i64) (local $value i64)
    (local.set $saved (i64.load (i32.const 0)))
    (call $in_read (i32.const 0) (local.get $offset) (i32.const 8))
    (local.set $value (i64.load (i32.const 0)))
    (i64.store (i32.const 0) (local.get $saved))
    (local.get $value))

  (func $argument_bytes (result i32) (i32.wrap_i64 (i64.shr_u (call $header (i32.const 16)) (i64.const 32))))

  (func $start_of_stdin (result i32)
    (i32.add (i32.const 128)
      (i32.and (i32.add (call $argument_bytes) (i32.const 127)) (i32.const -128))))

  ;; ---- Arguments and environment ----

  (func (export "args_sizes_get") (param $count i32) (param $size i32) (result i32)
    (call $in_read (local.get $count) (i32.const 16) (i32.const 4))
    (call $in_read (local.get $size) (i32.const 20) (i32.const 4))
    (i32.const 0))

  (func (export "args_get") (param $pointers i32) (param $text i32) (result i32)
    (local $left i32)
    (call $in_read (local.get $text) (i32.const 128) (call $argument_bytes))
    (local.set $left (i32.wrap_i64 (call $header (i32.const 16))))
    (block $done
      (loop $next
        (br_if $done (i32.eqz (local.get $left)))
        (i32.store (local.get $pointers) (local.get $text))
        (local.set $pointers (i32.add (local.get $pointers) (i32.const 4)))
        (block $end
          (loop $byte
            (br_if $end (i32.eqz (i32.load8_u (local.get $text))))
            (local.set $text (i32.add (local.get $text) (i32.const 1)))
            (br $byte)))
        (local.set $text (i32.add (local.get $text) (i32.const 1)))
        (local.set $left (i32.sub (local.get $left) (i32.const 1)))
        (br $next)))
    (i32.const 0))

  (func (export "environ_sizes_get") (param $count i32) (param $size i32) (result i32)
    (i32.store (local.get $count) (i32.const 0))
    (i32.store (local.get $size) (i32.const 0))
    (i32.const 0))

  (func (export "environ_get") (param $pointers i32) (param $text i32) (result i32) (i32.const 0))

  ;; ---- Streams: 0 stdin, 1 stdout, 2 stderr (discarded); errno 8 is BADF, 28 INVAL, 70 SPIPE ----

  (func (export "fd_read") (param $fd i32) (param $buffers i32) (param $count i32) (param $result i32) (result i32)
    (local $total i32) (local $length i32) (local $read i32)
    (if (local.get $fd) (then (return (i32.const 8))))
    (if (i32.eqz (global.get $stdin)) (then (global.set $stdin (call $start_of_stdin))))
    (block $done
      (loop $next
        (br_if $done (i32.eqz (local.get $count)))
        (local.set $length (i32.load offset=4 (local.get $buffers)))
        (local.set $read (i32.sub (call $in_len) (global.get $stdin)))
        (if (i32.lt_u (local.get $length) (local.get $read)) (then (local.set $read (local.get $length))))
        (call $in_read (i32.load (local.get $buffers)) (global.get $stdin) (local.get $read))
        (global.set $stdin (i32.add (global.get $stdin) (local.get $read)))
        (local.set $total (i32.add (local.get $total) (local.get $read)))
        (br_if $done (i32.lt_u (local.get $read) (local.get $length)))
        (local.set $buffers (i32.add (local.get $buffers) (i32.const 8)))
        (local.set $count (i32.sub (local.get $count) (i32.const 1)))
        (br $next)))
    (i32.store (local.get $result) (local.get $total))
    (i32.const 0))

  (func (export "fd_write") (param $fd i32) (param $buffers i32) (param $count i32) (param $result i32) (result i32)
    (local $total i32) (local $length i32)
    (if (i32.gt_u (i32.sub (local.get $fd) (i32.const 1)) (i32.const 1)) (then (return (i32.const 8))))
    (block $done
      (loop $next
        (br_if $done (i32.eqz (local.get $count)))
        (local.set $length (i32.load offset=4 (local.get $buffers)))
        (if (i32.eq (local.get $fd) (i32.const 1))
          (then (call $out_write (i32.load (local.get $buffers)) (local.get $length))))
        (local.set $total (i32.add (local.get $total) (local.get $length)))
        (local.set $buffers (i32.add (local.get $buffers) (i32.const 8)))
        (local.set $count (i32.sub (local.get $count) (i32.const 1)))
        (br $next)))
    (i32.store (local.get $result) (local.get $total))
    (i32.const 0))

  ;; 0 for the three streams, else BADF.
  (func $check_fd (param $fd i32) (result i32)
    (i32.shl (i32.gt_u (local.get $fd) (i32.const 2)) (i32.const 3)))

  ;; A stream of unknown kind (no terminal, so that C libraries buffer) with the right to read (2) or write (64).
  (func (export "fd_fdstat_get") (param $fd i32) (param $result i32) (result i32)
    (if (i32.eqz (call $check_fd (local.get $fd)))
      (then
        (i64.store (local.get $result) (i64.const 0))
        (i64.store offset=8 (local.get $result)
          (select (i64.const 64) (i64.const 2) (local.get $fd)))
        (i64.store offset=16 (local.get $result) (i64.const 0))))
    (call $check_fd (local.get $fd)))

  (func (export "fd_fdstat_set_flags") (param $fd i32) (param $flags i32) (result i32) (call $check_fd (local.get $fd)))

  (func (export "fd_filestat_get") (param $fd i32) (param $result i32) (result i32)
    (if (i32.eqz (call $check_fd (local.get $fd)))
      (then (call $memory.fill (local.get $result) (i32.const 0) (i32.const 64))))
    (call $check_fd (local.get $fd)))

  (func (export "fd_close") (param $fd i32) (result i32) (call $check_fd (local.get $fd)))
  (func (export "fd_sync") (param $fd i32) (result i32) (call $check_fd (local.get $fd)))
  (func (export "fd_datasync") (param $fd i32) (result i32) (call $check_fd (local.get $fd)))

  (func $no_seek (param $fd i32) (result i32)
    (select (i32.const 8) (i32.const 70) (call $check_fd (local.get $fd))))

  (func (export "fd_seek") (param $fd i32) (param i64) (param i32) (param i32) (result i32) (call $no_seek (local.get $fd)))
  (func (export "fd_tell") (param $fd i32) (param i32) (result i32) (call $no_seek (local.get $fd)))

  ;; No directory is open.
  (func (export "fd_prestat_get") (param i32) (param i32) (result i32) (i32.const 8))
  (func (export "fd_prestat_dir_name") (param i32) (param i32) (param i32) (result i32) (i32.const 8))

  ;; ---- Clock, randomness, scheduling, end ----

  (func (export "clock_res_get") (param $id i32) (param $result i32) (result i32)
    (i64.store (local.get $result) (i64.const 1000))
    (i32.const 0))

  (func (export "clock_time_get") (param $id i32) (param $precision i64) (param $result i32) (result i32)
    (global.set $now (i64.add (global.get $now) (i64.const 1000)))
    (i64.store (local.get $result) (global.get $now))
    (i32.const 0))

  (func $random (result i64)
    (local $result i64) (local $t i64)
    (local.set $result (i64.mul (i64.rotl (i64.mul (global.get $s1) (i64.const 5)) (i64.const 7)) (i64.const 9)))
    (local.set $t (i64.shl (global.get $s1) (i64.const 17)))
    (global.set $s2 (i64.xor (global.get $s2) (global.get $s0)))
    (global.set $s3 (i64.xor (global.get $s3) (global.get $s1)))
    (global.set $s1 (i64.xor (global.get $s1) (global.get $s2)))
    (global.set $s0 (i64.xor (global.get $s0) (global.get $s3)))
    (global.set $s2 (i64.xor (global.get $s2) (local.get $t)))
    (global.set $s3 (i64.rotl (global.get $s3) (i64.const 45)))
    (local.get $result))

  ;; The frame's seed, offset by constants so that seed zero is a good one, and sixteen rounds to spread it.
  (func $seed
    (local $rounds i32)
    (global.set $seeded (i32.const 1))
    (global.set $s0 (i64.xor (call $header (i32.const 24)) (i64.const 0x9e3779b97f4a7c15)))
    (global.set $s1 (i64.xor (call $header (i32.const 32)) (i64.const 0xbf58476d1ce4e5b9)))
    (global.set $s2 (i64.xor (call $header (i32.const 40)) (i64.const 0x94d049bb133111eb)))
    (global.set $s3 (i64.xor (call $header (i32.const 48)) (i64.const 0x2545f4914f6cdd1d)))
    (local.set $rounds (i32.const 16))
    (loop $round
      (drop (call $random))
      (br_if $round (local.tee $rounds (i32.sub (local.get $rounds) (i32.const 1))))))

  (func (export "random_get") (param $to i32) (param $length i32) (result i32)
    (local $word i64)
    (if (i32.eqz (global.get $seeded)) (then (call $seed)))
    (block $tail
      (loop $words
        (br_if $tail (i32.lt_u (local.get $length) (i32.const 8)))
        (i64.store (local.get $to) (call $random))
        (local.set $to (i32.add (local.get $to) (i32.const 8)))
        (local.set $length (i32.sub (local.get $length) (i32.const 8)))
        (br $words)))
    (if (i32.eqz (local.get $length)) (then (return (i32.const 0))))
    (local.set $word (call $random))
    (loop $bytes
      (i64.store8 (local.get $to) (local.get $word))
      (local.set $word (i64.shr_u (local.get $word) (i64.const 8)))
      (local.set $to (i32.add (local.get $to) (i32.const 1)))
      (br_if $bytes (local.tee $length (i32.sub (local.get $length) (i32.const 1)))))
    (i32.const 0))

  (func (export "sched_yield") (result i32) (i32.const 0))

  ;; When subscription $at (48 bytes: user data 8, kind 1 @8, timeout 8 @24, absolute 2 @40) fires, on the clock above.
  (func $deadline (param $at i32) (result i64)
    (if (result i64) (i32.and (i32.load16_u offset=40 (local.get $at)) (i32.const 1))
      (then (i64.load offset=24 (local.get $at)))
      (else (i64.add (global.get $now) (i64.load offset=24 (local.get $at))))))

  ;; Streams are always ready; if the program waits for clocks only, time jumps to the first deadline.
  (func (export "poll_oneoff") (param $in i32) (param $out i32) (param $count i32) (param $result i32) (result i32)
    (local $at i32) (local $left i32) (local $streams i32) (local $first i64) (local $events i32) (local $kind i32)
    (if (i32.eqz (local.get $count)) (then (return (i32.const 28))))
    (local.set $at (local.get $in))
    (local.set $left (local.get $count))
    (local.set $first (i64.const -1))
    (loop $scan
      (if (i32.load8_u offset=8 (local.get $at))
        (then (local.set $streams (i32.const 1)))
        (else
          (if (i64.lt_u (call $deadline (local.get $at)) (local.get $first))
            (then (local.set $first (call $deadline (local.get $at)))))))
      (local.set $at (i32.add (local.get $at) (i32.const 48)))
      (br_if $scan (local.tee $left (i32.sub (local.get $left) (i32.const 1)))))
    (local.set $at (local.get $in))
    (local.set $left (local.get $count))
    (loop $fire
      (local.set $kind (i32.load8_u offset=8 (local.get $at)))
      (if (select
            (local.get $kind)
            (i64.le_u (call $deadline (local.get $at)) (local.get $first))
            (local.get $streams))
        (then
          (i64.store (local.get $out) (i64.load (local.get $at)))
          (i64.store offset=8 (local.get $out) (i64.shl (i64.extend_i32_u (local.get $kind)) (i64.const 16)))
          (i64.store offset=16 (local.get $out) (i64.extend_i32_u (i32.ne (local.get $kind) (i32.const 0))))
          (i64.store offset=24 (local.get $out) (i64.const 0))
          (local.set $out (i32.add (local.get $out) (i32.const 32)))
          (local.set $events (i32.add (local.get $events) (i32.const 1)))))
      (local.set $at (i32.add (local.get $at) (i32.const 48)))
      (br_if $fire (local.tee $left (i32.sub (local.get $left) (i32.const 1)))))
    (if (i32.eqz (local.get $streams))
      (then
        (if (i64.gt_u (local.get $first) (global.get $now)) (then (global.set $now (local.get $first))))))
    (i32.store (local.get $result) (local.get $events))
    (i32.const 0))

  (func (export "proc_exit") (param $code i32)
    (call $exit (local.get $code))
    (unreachable)))

;; The benchmark of attestation level 1: integer arithmetic and dependent memory accesses, seeded, so that nobody can know
;; its output without doing its work. Standard input is 40 bytes, little-endian: seed 32 | rounds u32 | zero u32.
;; Standard output is the 32-byte digest of the final state.
;;
;; 256 KiB are filled from the seed; each round is one chain of two steps (load, multiply, rotate, store at a place that
;; depends on the chain) and a branch that cannot be predicted. All is dependent on all, so the score is that of ordinary
;; code, not of the most parallel.
(module
  (import "wasi_snapshot_preview1" "fd_read" (func $fd_read (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 6)

  ;; 0: iovec (address, length) | 8: bytes transferred | 64: input | 128: output | 65536: table of 32,768 words
  (func (export "_start")
    (local $a i64) (local $b i64) (local $i i32) (local $at i32) (local $rounds i32)

    ;; Standard input may come in pieces.
    (block $read
      (loop $more
        (i32.store (i32.const 0) (i32.add (i32.const 64) (local.get $at)))
        (i32.store (i32.const 4) (i32.sub (i32.const 40) (local.get $at)))
        (br_if $read (call $fd_read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 8)))
        (br_if $read (i32.eqz (i32.load (i32.const 8))))
        (local.set $at (i32.add (local.get $at) (i32.load (i32.const 8))))
        (br_if $more (i32.lt_u (local.get $at) (i32.const 40)))))
    (if (i32.ne (local.get $at) (i32.const 40)) (then (unreachable)))
    (local.set $rounds (i32.load (i32.const 96)))

    ;; Fill: the splitmix64 step, started from the first two words of the seed.
    (local.set $a (i64.load (i32.const 64)))
    (local.set $b (i64.load (i32.const 72)))
    (local.set $i (i32.const 65536))
    (loop $fill
      (local.set $a (i64.add (local.get $a) (i64.const 0x9e3779b97f4a7c15)))
      (local.set $b
        (i64.mul (i64.xor (local.get $a) (i64.shr_u (local.get $a) (i64.const 30))) (i64.const 0xbf58476d1ce4e5b9)))
      (local.set $b
        (i64.mul (i64.xor (local.get $b) (i64.shr_u (local.get $b) (i64.const 27))) (i64.const 0x94d049bb133111eb)))
      (i64.store (local.get $i)
        (i64.xor (i64.xor (local.get $b) (i64.shr_u (local.get $b) (i64.const 31)))
          (i64.load offset=64 (i32.and (local.get $i) (i32.const 24)))))
      (local.set $i (i32.add (local.get $i) (i32.const 8)))
      (br_if $fill (i32.lt_u (local.get $i) (i32.const 327680))))

    ;; Mix.
    (local.set $a (i64.load (i32.const 80)))
    (local.set $b (i64.load (i32.const 88)))
    (block $mixed
      (loop $mix
        (br_if $mixed (i32.eqz (local.get $rounds)))

        (local.set $at (i32.and (i32.wrap_i64 (local.get $a)) (i32.const 0x3fff8)))
        (local.set $a
          (i64.rotl
            (i64.add
              (i64.mul (local.get $a) (i64.const 0xd6e8feb86659fd93))
              (i64.load offset=65536 (local.get $at)))
            (i64.const 23)))
        (i64.store offset=65536 (local.get $at) (local.get $a))

        (if (i64.lt_s (local.get $a) (i64.const 0))
          (then (local.set $b (i64.xor (local.get $b) (i64.extend_i32_u (local.get $rounds)))))
          (else (local.set $b (i64.add (local.get $b) (local.get $a)))))

        (local.set $at (i32.and (i32.wrap_i64 (local.get $b)) (i32.const 0x3fff8)))
        (local.set $b
          (i64.rotl
            (i64.add
              (i64.mul (local.get $b) (i64.const 0xff51afd7ed558ccd))
              (i64.load offset=65536 (local.get $at)))
            (i64.const 41)))
        (i64.store offset=65536 (local.get $at) (local.get $b))
        (local.set $a (i64.xor (local.get $a) (local.get $b)))

        (local.set $rounds (i32.sub (local.get $rounds) (i32.const 1)))
        (br $mix)))

    ;; Digest: four chains over the table, then the two that mixed it.
    (i64.store (i32.const 128) (local.get $a))
    (i64.store (i32.const 136) (local.get $b))
    (local.set $i (i32.const 0))
    (loop $digest
      (local.set $at (i32.and (local.get $i) (i32.const 24)))
      (i64.store offset=128 (local.get $at)
        (i64.rotl
          (i64.add
            (i64.mul (i64.load offset=128 (local.get $at)) (i64.const 0xc4ceb9fe1a85ec53))
            (i64.load offset=65536 (local.get $i)))
          (i64.const 29)))
      (local.set $i (i32.add (local.get $i) (i32.const 8)))
      (br_if $digest (i32.lt_u (local.get $i) (i32.const 262144))))

    (i32.store (i32.const 0) (i32.const 128))
    (i32.store (i32.const 4) (i32.const 32))
    (drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))))

// The vector builtins that Swift lacks: `SIMD.squareRoot()` is scalarised there, about ten times slower.
#pragma once

typedef float rl_vector16 __attribute__((ext_vector_type(16)));

static inline __attribute__((always_inline)) rl_vector16 rl_square_root(rl_vector16 x) {
  return __builtin_elementwise_sqrt(x);
}

// a0 b0 a1 b1 … of the first and of the last eight lanes.
static inline __attribute__((always_inline)) rl_vector16 rl_interleave_low(rl_vector16 a, rl_vector16 b) {
  return __builtin_shufflevector(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
}

static inline __attribute__((always_inline)) rl_vector16 rl_interleave_high(rl_vector16 a, rl_vector16 b) {
  return __builtin_shufflevector(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
}

// Swift's halves of a vector are copied lane by lane.
typedef float rl_vector8 __attribute__((ext_vector_type(8)));
typedef float rl_vector4 __attribute__((ext_vector_type(4)));

static inline __attribute__((always_inline)) float rl_sum(rl_vector16 x) {
  rl_vector8 eight = x.lo + x.hi;
  rl_vector4 four = eight.lo + eight.hi;
  return (four.x + four.z) + (four.y + four.w);
}

static inline __attribute__((always_inline)) float rl_maximum(rl_vector16 x) {
  rl_vector8 eight = x.hi > x.lo ? x.hi : x.lo;
  rl_vector4 four = eight.hi > eight.lo ? eight.hi : eight.lo;
  float even = four.z > four.x ? four.z : four.x;
  float odd = four.w > four.y ? four.w : four.y;
  return even > odd ? even : odd;
}

// Whether this processor runs code compiled for each level; callable before any such code runs.
static inline int rl_supports_v3(void) {
#if defined(__x86_64__)
  __builtin_cpu_init();
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("bmi2");
#else
  return 1;
#endif
}

static inline int rl_supports_v4(void) {
#if defined(__x86_64__)
  __builtin_cpu_init();
  return rl_supports_v3() && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
         __builtin_cpu_supports("avx512cd") && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
#else
  return 1;
#endif
}

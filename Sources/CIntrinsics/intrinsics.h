// The vector builtins that Swift lacks: `SIMD.squareRoot()` is scalarised there, about ten times slower.
#pragma once

typedef float rl_vector16 __attribute__((ext_vector_type(16)));

static inline __attribute__((always_inline)) rl_vector16 rl_square_root(rl_vector16 x) {
  return __builtin_elementwise_sqrt(x);
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

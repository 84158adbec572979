#include "core.h"

static const lln_build lln_build_portable = {&lln_core_portable, &lln_batch_portable};

#if defined(__x86_64__)

static const lln_build lln_build_fma = {&lln_core_fma, &lln_batch_fma};
static const lln_build lln_build_avx512 = {&lln_core_avx512, &lln_batch_avx512};

static int lln_has_fma(void) { return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"); }

static int lln_has_avx512(void) {
  return lln_has_fma() && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
         __builtin_cpu_supports("avx512dq");
}

/*
 * One order for single sessions and for batches: by the bench's case `builds`, AVX-512 is the faster for both, with
 * batches by a fifth to a third. Sums of single sessions are as wide in both builds, their activations are not.
 */
const lln_build *lln_build_at(int index) {
  const lln_build *builds[3];
  int count = 0;
  if (lln_has_avx512()) builds[count++] = &lln_build_avx512;
  if (lln_has_fma()) builds[count++] = &lln_build_fma;
  builds[count++] = &lln_build_portable;
  return index >= 0 && index < count ? builds[index] : NULL;
}

#else

const lln_build *lln_build_at(int index) { return index == 0 ? &lln_build_portable : NULL; }

#endif

#include "core.h"

#if defined(__x86_64__)

static int lln_has_fma(void) { return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"); }

int lln_core_count(void) { return lln_has_fma() ? 2 : 1; }

const lln_core *lln_core_at(int index) {
  if (index < 0 || index >= lln_core_count()) return NULL;
  return lln_has_fma() && index == 0 ? &lln_core_fma : &lln_core_portable;
}

#else

int lln_core_count(void) { return 1; }

const lln_core *lln_core_at(int index) { return index == 0 ? &lln_core_portable : NULL; }

#endif

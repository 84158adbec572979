/*
 * Vectors of floats for the sums of a matrix, in the width that the compiler's target has; a plain float where it has
 * none. Every lane is computed as lln_fmaf computes it: the width shows in the speed only.
 */
#ifndef LLN_VECTOR_H
#define LLN_VECTOR_H

#include <stddef.h>

#include "arithmetic.h"

#if defined(LLN_FORCE_SOFTWARE_FMAF)
#define LLN_LANES 1u
#elif defined(__AVX512F__) && LLN_WIDTH % 16u == 0u
#include <immintrin.h>
#define LLN_LANES 16u
#elif defined(__AVX2__) && defined(__FMA__)
#include <immintrin.h>
#define LLN_LANES 8u
#elif defined(__aarch64__)
#include <arm_neon.h>
#define LLN_LANES 4u
#else
#define LLN_LANES 1u
#endif

#if LLN_LANES == 16u

typedef __m512 lln_lanes;
static inline lln_lanes lln_load(const float *from) { return _mm512_loadu_ps(from); }
static inline void lln_store(float *to, lln_lanes value) { _mm512_storeu_ps(to, value); }
static inline lln_lanes lln_splat(float value) { return _mm512_set1_ps(value); }
static inline lln_lanes lln_fma_lanes(lln_lanes a, lln_lanes b, lln_lanes c) { return _mm512_fmadd_ps(a, b, c); }

#elif LLN_LANES == 8u

typedef __m256 lln_lanes;
static inline lln_lanes lln_load(const float *from) { return _mm256_loadu_ps(from); }
static inline void lln_store(float *to, lln_lanes value) { _mm256_storeu_ps(to, value); }
static inline lln_lanes lln_splat(float value) { return _mm256_set1_ps(value); }
static inline lln_lanes lln_fma_lanes(lln_lanes a, lln_lanes b, lln_lanes c) { return _mm256_fmadd_ps(a, b, c); }

#elif LLN_LANES == 4u

typedef float32x4_t lln_lanes;
static inline lln_lanes lln_load(const float *from) { return vld1q_f32(from); }
static inline void lln_store(float *to, lln_lanes value) { vst1q_f32(to, value); }
static inline lln_lanes lln_splat(float value) { return vdupq_n_f32(value); }
static inline lln_lanes lln_fma_lanes(lln_lanes a, lln_lanes b, lln_lanes c) { return vfmaq_f32(c, a, b); }

#else

typedef float lln_lanes;
static inline lln_lanes lln_load(const float *from) { return *from; }
static inline void lln_store(float *to, lln_lanes value) { *to = value; }
static inline lln_lanes lln_splat(float value) { return value; }
static inline lln_lanes lln_fma_lanes(lln_lanes a, lln_lanes b, lln_lanes c) { return lln_fmaf(a, b, c); }

#endif

#endif

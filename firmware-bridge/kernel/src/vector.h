/*
 * Vectors of floats for the sums of a matrix, in the width that the compiler's target has; a plain float where it has
 * none. Every lane is computed as lln_fmaf computes it: the width shows in the speed only.
 */
#ifndef LLN_VECTOR_H
#define LLN_VECTOR_H

#include <stddef.h>

#include "kernel.h"

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

/* A panel's sums are this many vectors: of outputs, or of sessions where several are stepped together. */
#define LLN_PARTS (LLN_PANEL * LLN_WIDTH / LLN_LANES)

/*
 * How many of a buffer's values to compute, where it is padded to whole panels and `count` of it are wanted: where they
 * are the lanes of vectors all of the last panel, which costs less than the scalar rest of a loop.
 */
static inline size_t lln_whole(size_t count) {
  return LLN_LANES == 1u || LLN_WIDTH > 1u ? count : (count + (LLN_PANEL - 1u)) & ~(size_t)(LLN_PANEL - 1u);
}

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
/* Faster than the instruction of that name. */
static inline lln_lanes lln_gather(const float *from, const uint16_t *at) {
  return _mm256_set_ps(from[at[7]], from[at[6]], from[at[5]], from[at[4]], from[at[3]], from[at[2]], from[at[1]],
                       from[at[0]]);
}
/* A whole number for each lane, and a choice by it: `above` where it is greater than `limit`, else `other`. */
typedef __m256i lln_counts;
static inline lln_counts lln_load_counts(const uint16_t *from) {
  return _mm256_cvtepu16_epi32(_mm_loadu_si128((const __m128i *)(const void *)from));
}
static inline lln_lanes lln_where_above(lln_counts counts, uint32_t limit, lln_lanes above, lln_lanes other) {
  const __m256i is_above = _mm256_cmpgt_epi32(counts, _mm256_set1_epi32((int32_t)limit));
  return _mm256_blendv_ps(other, above, _mm256_castsi256_ps(is_above));
}
static inline lln_lanes lln_fma_lanes(lln_lanes a, lln_lanes b, lln_lanes c) { return _mm256_fmadd_ps(a, b, c); }

#elif LLN_LANES == 4u

typedef float32x4_t lln_lanes;
static inline lln_lanes lln_load(const float *from) { return vld1q_f32(from); }
static inline void lln_store(float *to, lln_lanes value) { vst1q_f32(to, value); }
static inline lln_lanes lln_splat(float value) { return vdupq_n_f32(value); }
static inline lln_lanes lln_gather(const float *from, const uint16_t *at) {
  const lln_lanes gathered = {from[at[0]], from[at[1]], from[at[2]], from[at[3]]};
  return gathered;
}
typedef uint32x4_t lln_counts;
static inline lln_counts lln_load_counts(const uint16_t *from) { return vmovl_u16(vld1_u16(from)); }
static inline lln_lanes lln_where_above(lln_counts counts, uint32_t limit, lln_lanes above, lln_lanes other) {
  return vbslq_f32(vcgtq_u32(counts, vdupq_n_u32(limit)), above, other);
}
static inline lln_lanes lln_fma_lanes(lln_lanes a, lln_lanes b, lln_lanes c) { return vfmaq_f32(c, a, b); }

#else

typedef float lln_lanes;
static inline lln_lanes lln_load(const float *from) { return *from; }
static inline void lln_store(float *to, lln_lanes value) { *to = value; }
static inline lln_lanes lln_splat(float value) { return value; }
static inline lln_lanes lln_fma_lanes(lln_lanes a, lln_lanes b, lln_lanes c) { return lln_fmaf(a, b, c); }

#endif

/* to[j][i] = from[i][j] for a block of LLN_PANEL rows and columns; rows stand `stride` floats apart. */
LLN_INLINE void lln_transpose_block(const float *restrict from, size_t from_stride, float *restrict to,
                                    size_t to_stride) {
#if LLN_LANES >= 8u
  __m256 pairs[8];
  __m256 fours[8];
  for (size_t i = 0; i < 4; i++) {
    /* Rows i and i + 4 in one register each: what follows exchanges only within halves. */
    const __m256 low = _mm256_loadu_ps(from + i * from_stride);
    const __m256 high = _mm256_loadu_ps(from + (i + 4) * from_stride);
    pairs[i] = _mm256_permute2f128_ps(low, high, 0x20);
    pairs[i + 4] = _mm256_permute2f128_ps(low, high, 0x31);
  }
  for (size_t i = 0; i < 8; i += 4) {
    fours[i] = _mm256_unpacklo_ps(pairs[i], pairs[i + 1]);
    fours[i + 1] = _mm256_unpackhi_ps(pairs[i], pairs[i + 1]);
    fours[i + 2] = _mm256_unpacklo_ps(pairs[i + 2], pairs[i + 3]);
    fours[i + 3] = _mm256_unpackhi_ps(pairs[i + 2], pairs[i + 3]);
  }
  for (size_t i = 0; i < 8; i += 4) {
    _mm256_storeu_ps(to + i * to_stride, _mm256_shuffle_ps(fours[i], fours[i + 2], 0x44));
    _mm256_storeu_ps(to + (i + 1) * to_stride, _mm256_shuffle_ps(fours[i], fours[i + 2], 0xEE));
    _mm256_storeu_ps(to + (i + 2) * to_stride, _mm256_shuffle_ps(fours[i + 1], fours[i + 3], 0x44));
    _mm256_storeu_ps(to + (i + 3) * to_stride, _mm256_shuffle_ps(fours[i + 1], fours[i + 3], 0xEE));
  }
#else
  for (size_t i = 0; i < LLN_PANEL; i++) {
    for (size_t j = 0; j < LLN_PANEL; j++) to[j * to_stride + i] = from[i * from_stride + j];
  }
#endif
}

#endif

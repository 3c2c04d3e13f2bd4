/* 32 pixels of two rows at a time. Bytes 0 and 2 of a pixel are taken as one pair of 16-bit numbers, bytes 1
 * and 3 as another: one multiply-add of each gives a 32-bit sum per pixel, in order.
 */
#include "encode/convert_kernels.h"

#include <immintrin.h>

static bool has_avx2(void)
{
    return __builtin_cpu_supports("avx2");
}

struct pair_weights {
    __m256i even, odd; /* for bytes 0 and 2, for bytes 1 and 3 */
    __m256i bias;
};

static inline struct pair_weights pair_weights_of(const int16_t w[3], int32_t bias)
{
    return (struct pair_weights){
        .even = _mm256_set1_epi32((int)((uint32_t)(uint16_t)w[2] << 16 | (uint16_t)w[0])),
        .odd = _mm256_set1_epi32((uint16_t)w[1]),
        .bias = _mm256_set1_epi32(bias),
    };
}

struct pixels {
    __m256i even, odd; /* eight pixels, 16 bits a component */
};

static inline struct pixels load8(const uint8_t *p)
{
    __m256i all = _mm256_loadu_si256((const __m256i *)p);
    return (struct pixels){
        .even = _mm256_and_si256(all, _mm256_set1_epi32(0x00ff00ff)),
        .odd = _mm256_srli_epi16(all, 8),
    };
}

static inline __m256i weigh(struct pixels p, struct pair_weights w)
{
    __m256i sum = _mm256_add_epi32(_mm256_madd_epi16(p.even, w.even), _mm256_madd_epi16(p.odd, w.odd));
    return _mm256_add_epi32(sum, w.bias);
}

static inline __m256i luma8(struct pixels p, struct pair_weights w)
{
    return _mm256_srli_epi32(weigh(p, w), PF_Y_SHIFT);
}

/* Packing works within 128-bit lanes; this puts the groups of four bytes back in order. */
static inline __m256i in_order(__m256i v)
{
    return _mm256_permutevar8x32_epi32(v, _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7));
}

static inline void store_luma(const struct pixels p[4], struct pair_weights w, uint8_t *out)
{
    __m256i lo = _mm256_packs_epi32(luma8(p[0], w), luma8(p[1], w));
    __m256i hi = _mm256_packs_epi32(luma8(p[2], w), luma8(p[3], w));
    _mm256_storeu_si256((__m256i *)out, in_order(_mm256_packus_epi16(lo, hi)));
}

/* Adds neighbours: sixteen columns of a and b become eight. Their order is 0 1 4 5 | 2 3 6 7. */
static inline __m256i add_neighbours(__m256i a, __m256i b)
{
    __m256 x = _mm256_castsi256_ps(a), y = _mm256_castsi256_ps(b);
    __m256i left = _mm256_castps_si256(_mm256_shuffle_ps(x, y, 0x88));
    __m256i right = _mm256_castps_si256(_mm256_shuffle_ps(x, y, 0xdd));
    return _mm256_add_epi16(left, right);
}

static inline struct pixels sum_of_four(const struct pixels top[2], const struct pixels bottom[2])
{
    return (struct pixels){
        .even = add_neighbours(
            _mm256_add_epi16(top[0].even, bottom[0].even), _mm256_add_epi16(top[1].even, bottom[1].even)),
        .odd = add_neighbours(
            _mm256_add_epi16(top[0].odd, bottom[0].odd), _mm256_add_epi16(top[1].odd, bottom[1].odd)),
    };
}

/* Sixteen chroma values as 16-bit numbers, in the order 0 1 4 5 8 9 12 13 | 2 3 6 7 10 11 14 15. */
static inline __m256i chroma16(struct pixels lo, struct pixels hi, struct pair_weights w)
{
    __m256i a = _mm256_srli_epi32(weigh(lo, w), PF_UV_SHIFT);
    __m256i b = _mm256_srli_epi32(weigh(hi, w), PF_UV_SHIFT);
    return _mm256_packs_epi32(a, b);
}

static inline void store_chroma(__m256i cb, __m256i cr, uint8_t *u, uint8_t *v)
{
    if (!v) {
        __m256i uv = _mm256_or_si256(cb, _mm256_slli_epi16(cr, 8));
        _mm256_storeu_si256((__m256i *)u, in_order(uv));
        return;
    }
    /* U and V of one half side by side, then the pairs of both halves woven together. */
    __m256i halves = _mm256_permute4x64_epi64(_mm256_packus_epi16(cb, cr), 0xd8);
    const __m256i weave = _mm256_setr_epi8(0, 1, 8, 9, 2, 3, 10, 11, 4, 5, 12, 13, 6, 7, 14, 15, 0, 1, 8, 9,
        2, 3, 10, 11, 4, 5, 12, 13, 6, 7, 14, 15);
    __m256i out = _mm256_shuffle_epi8(halves, weave);
    _mm_storeu_si128((__m128i *)u, _mm256_castsi256_si128(out));
    _mm_storeu_si128((__m128i *)v, _mm256_extracti128_si256(out, 1));
}

static void rows_avx2(const struct pf_yuv_weights *w, const uint8_t *top, const uint8_t *bottom, size_t width,
    uint8_t *y_top, uint8_t *y_bottom, uint8_t *u, uint8_t *v)
{
    const struct pair_weights wy = pair_weights_of(w->y, w->y_bias), wu = pair_weights_of(w->u, PF_UV_BIAS),
                              wv = pair_weights_of(w->v, PF_UV_BIAS);
    size_t x = 0;
    for (; x + 32 <= width; x += 32) {
        struct pixels a[4], b[4];
        for (int i = 0; i < 4; i++) {
            a[i] = load8(top + 4 * x + 32 * i);
            b[i] = load8(bottom + 4 * x + 32 * i);
        }
        store_luma(a, wy, y_top + x);
        store_luma(b, wy, y_bottom + x);
        struct pixels lo = sum_of_four(a, b), hi = sum_of_four(a + 2, b + 2);
        store_chroma(chroma16(lo, hi, wu), chroma16(lo, hi, wv), v ? u + x / 2 : u + x, v ? v + x / 2 : NULL);
    }
    if (x < width)
        pf_convert_c.rows(w, top + 4 * x, bottom + 4 * x, width - x, y_top + x, y_bottom + x,
            v ? u + x / 2 : u + x, v ? v + x / 2 : NULL);
}

const struct pf_convert_kernel pf_convert_avx2 = {.name = "avx2", .works = has_avx2, .rows = rows_avx2};

/* What the kernels of all CPU levels share. Kernels are written once, in a header, for "a vector of the
 * level"; each level's file defines that vector and includes the header. Blocks of vectors live in arrays
 * with constant bounds, which become registers once every loop over them is unrolled and every function
 * inlined. */
#ifndef PF_CORE_FEC_SIMD_H
#define PF_CORE_FEC_SIMD_H

#define PF_INLINE static inline __attribute__((always_inline))

#ifdef __clang__
#define PF_UNROLL _Pragma("clang loop unroll(full)")
#else
#define PF_UNROLL _Pragma("GCC unroll 16")
#endif

#endif

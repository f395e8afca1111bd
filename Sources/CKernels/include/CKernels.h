// The loops of a network that are neither convolution nor matrix product.
//
// Activations are NHWC: a run of pixels, each a dense vector of channels. Every function works on
// the piece it is given, on the calling thread; the caller divides the work (dmpi_parallel).
// Element types are as in dmpi_element; arithmetic is always in f32.
#pragma once
#include <stddef.h>
#include <stdint.h>

typedef enum { DMPI_ELEMENT_F32 = 0, DMPI_ELEMENT_BF16 = 1 } dmpi_element;

// Calls body(context, item) for every item in 0..<count, on the threads oneDNN uses too, so that
// one pool serves both. Items are divided evenly and in order.
void dmpi_parallel(int64_t count, void (*body)(void *context, int64_t item), void *context);
// Threads that dmpi_parallel and oneDNN use when called from this thread.
void dmpi_set_threads(int threads);
// 0..<threads inside dmpi_parallel's body.
int dmpi_thread_index(void);

// Keeps the calling thread, and the threads it makes from now on, to these processors; does nothing
// where the system refuses.
void dmpi_keep_to(const int *processors, int count);
// Keeps thread i of the team to processors[i] alone, from when it next takes part in dmpi_parallel;
// the calling thread, which is thread 0, at once.
void dmpi_pin_team(const int *processors, int count);

// --- element-wise -----------------------------------------------------------------------------

void dmpi_convert(
    void *destination, dmpi_element to, const void *source, dmpi_element from, int64_t count);
// x·sigmoid(x)
void dmpi_silu(float *destination, const float *source, int64_t count);

// --- layout -----------------------------------------------------------------------------------

// One image: planes [channels × pixels] ↔ pixels [pixels × channels].
void dmpi_planes_to_pixels(
    float *destination, const float *source, int64_t channels, int64_t pixels);
void dmpi_pixels_to_planes(
    float *destination, const float *source, int64_t channels, int64_t pixels, float scale);

// --- resampling, one image of height × width × channels (the source's) --------------------------

// Nearest neighbour, twice the size, times scale: rows [first, last) of the source.
void dmpi_upsample(
    void *destination, const void *source, dmpi_element type, int64_t width, int64_t channels,
    float scale, int64_t first, int64_t last);
// Mean of 2×2 pixels: rows [first, last) of the destination.
void dmpi_downsample(
    void *destination, const void *source, dmpi_element type, int64_t width, int64_t channels,
    int64_t first, int64_t last);

// --- Winograd's convolution, F(2×2, 3×3) --------------------------------------------------------
// Padding 1, stride 1; height and width are the result's and even, channels a multiple of 16. With
// `enlarges` the source has half the height and width and is enlarged by nearest neighbour. Tiles of
// 2×2 result pixels are numbered by image, row and column. There are n² matrices, n = 4, or 3 where
// it enlarges; matrix (i, j) starts at (n·i + j)·position_stride elements.

// Bᵀ·d·B of `count` tiles from tile `first` on → n² matrices [tiles × channels] of the source's type.
void dmpi_winograd_input(
    void *transformed, int64_t position_stride, const void *source, dmpi_element type,
    int enlarges, int64_t height, int64_t width, int64_t channels, int64_t first, int64_t count);
// Aᵀ·m·A + bias (+ added, of the destination's shape and type) of n² matrices [tiles × channels].
void dmpi_winograd_output(
    void *destination, dmpi_element to, int enlarges, const float *products,
    int64_t position_stride, const float *bias, const void *added, int64_t height, int64_t width,
    int64_t channels, int64_t first, int64_t count);
// G·g·Gᵀ of `pairs` 3×3 kernels → n² matrices of one element a pair.
void dmpi_winograd_weights(
    float *transformed, int enlarges, const float *weights, int64_t pairs);

// --- Winograd's convolution, F(4×4, 3×3), in fixed point -----------------------------------------
// Padding 1, stride 1, bf16; height and width are multiples of 4, channels of 16. Tiles of 4×4 result
// pixels are numbered by image, row and column; `rows`, a multiple of 8, is how many a product has
// room for. The result's channels are made in blocks of `columns`: 16, 32 or DMPI_FIXED_COLUMNS. There
// are 36 matrices.
#define DMPI_FIXED_COLUMNS 48

// Bᵀ·d·B of `count` tiles from tile `first` on → 36 matrices [rows × channels] in whole numbers, and
// what each row of them is to be multiplied by. The workspace holds 72·channels.
void dmpi_fixed_input(
    int16_t *transformed, float *scales, float *workspace, const void *source, int64_t height,
    int64_t width, int64_t channels, int64_t rows, int64_t first, int64_t count);
// 36 matrices [rows × columns], a block of the result's channels, of the transforms of pixels and
// weights. Needs AVX512-VNNI.
void dmpi_fixed_products(
    float *products, const int16_t *transformed, const float *scales, const int16_t *packed,
    const float *column_scales, int64_t rows, int64_t channels, int64_t columns);
// Aᵀ·m·A + bias (+ added, of the destination's shape) of these; destination, bias and added
// begin at the block's first channel, the destination has `channels` a pixel.
void dmpi_fixed_output(
    void *destination, const float *products, const float *bias, const void *added, int64_t height,
    int64_t width, int64_t channels, int64_t columns, int64_t rows, int64_t first, int64_t count);
// G·g·Gᵀ of the 3×3 kernels [columns × channels] of one block → 36 matrices [channels × columns] in
// whole numbers, pairs of channels beside each other, and 36 scales a column.
void dmpi_fixed_weights(
    int16_t *packed, float *column_scales, const float *weights, int64_t columns,
    int64_t channels);

// --- group normalisation ------------------------------------------------------------------------

// For each channel c: sums[c] = Σ (x−p), sums[channels+c] = Σ (x−p)², p = pivot[c] (its type is the
// source's), over `pixels` pixels.
void dmpi_channel_sums(
    float *sums, const void *source, dmpi_element type, const void *pivot, int64_t pixels,
    int64_t channels);

// y = act(x·a[c] + b[c]), act being SiLU when `silu`, for pixels that lie `destination_stride`
// elements apart in the destination.
void dmpi_affine(
    void *destination, dmpi_element to, int64_t destination_stride, const void *source,
    dmpi_element from, const float *a, const float *b, int silu, int64_t pixels,
    int64_t channels);
// As dmpi_affine, then the mean of 2×2 pixels: one destination row from the source rows y, y+1.
void dmpi_affine_downsample(
    void *destination, dmpi_element to, int64_t destination_stride, const void *source,
    dmpi_element from, const float *a, const float *b, int silu, int64_t source_width,
    int64_t channels);
// As dmpi_affine, then nearest neighbour ×2: one source row to two destination rows.
void dmpi_affine_upsample(
    void *destination, dmpi_element to, int64_t destination_stride, const void *source,
    dmpi_element from, const float *a, const float *b, int silu, int64_t source_width,
    int64_t channels);

// dz = dy·act'(x·a+b) of one source row, and the gradient's two sums a channel: sums[c] += Σ dz,
// sums[channels+c] += Σ dz·x̂ with x̂ = x·r[c] + m[c]. channels is a multiple of 16. `gradient` is the
// row of dy; with `halved` it has half the width and each of its pixels serves two, times 1/4.
void dmpi_affine_backward_sums(
    float *sums, void *dz, const void *gradient, const void *source, dmpi_element type,
    const float *a, const float *b, const float *r, const float *m, int silu, int halved,
    int64_t width, int64_t channels);
// dz becomes A[c]·dz + B[c]·x + D[c] (+ added), for one source row; `added` may be NULL.
void dmpi_affine_backward(
    void *dz, const void *source, dmpi_element type, const void *added, const float *A,
    const float *B, const float *D, int64_t width, int64_t channels);

// --- attention ----------------------------------------------------------------------------------

// e = exp(scale·(s − the row's maximum)), written as `to`, and 1/Σe of each row: their product is the
// softmax. The destination may be the scores themselves when `to` is f32.
void dmpi_softmax(
    void *destination, dmpi_element to, float *reciprocals, const float *scores, float scale,
    int64_t rows, int64_t columns);
// dS = P∘(dP − Σ P∘dP)·scale, row by row, with P = e·reciprocal as dmpi_softmax made them and dP in
// f32. The destination may be the exponentials themselves.
void dmpi_softmax_backward(
    void *destination, dmpi_element type, const void *exponentials, const float *reciprocals,
    const float *gradient, float scale, int64_t rows, int64_t columns);

// Between rows `pitch` elements apart and a dense matrix [rows × columns], or its transpose
// [columns × rows]. Row r is multiplied by factors[r] where factors are given.
void dmpi_gather_rows(
    void *destination, const void *source, dmpi_element type, int64_t pitch, int64_t rows,
    int64_t columns);
void dmpi_gather_transposed(
    void *destination, const void *source, dmpi_element type, int64_t pitch,
    const float *factors, int64_t rows, int64_t columns);
void dmpi_scatter_rows(
    void *destination, dmpi_element to, int64_t pitch, const float *source,
    const float *factors, int64_t rows, int64_t columns);
void dmpi_scatter_transposed(
    void *destination, dmpi_element to, int64_t pitch, const float *source, int64_t rows,
    int64_t columns);

// --- reductions ---------------------------------------------------------------------------------

// mean[c] over the pixels of one image.
void dmpi_pixel_mean(
    float *mean, const void *source, dmpi_element type, int64_t pixels, int64_t channels);
// destination[p][c] = (base ? base[p][c] : 0) + vector[c]·scale
void dmpi_broadcast_add(
    void *destination, dmpi_element type, const void *base, const float *vector, float scale,
    int64_t pixels, int64_t channels);

// --- noise --------------------------------------------------------------------------------------

// Blocks of 16 uniforms in [0, 1) become blocks of 16 normals, in place, as torch's randn does it.
void dmpi_box_muller(float *uniforms, int64_t blocks);

// --- hashing ------------------------------------------------------------------------------------

// Absorbs `count` blocks of 64 bytes into a SHA-256 state, k being the 64 round constants; returns 0
// without doing anything where the processor has no SHA instructions.
int dmpi_sha256(uint32_t *state, const uint8_t *blocks, int64_t count, const uint32_t *k);

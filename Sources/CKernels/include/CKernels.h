// The loops of a network other than convolutions and matrix products.
//
// Activations are NHWC: a sequence of pixels, each a dense vector of channels. Every function
// processes the given part on the calling thread. The caller divides the work (dmpi_parallel).
// Element types are those of dmpi_element; arithmetic is always in f32.
#pragma once
#include <stddef.h>
#include <stdint.h>

typedef enum { DMPI_ELEMENT_F32 = 0, DMPI_ELEMENT_BF16 = 1 } dmpi_element;

// Calls body(context, item) for every item in 0..<count, on the threads that oneDNN uses too, so
// that there is only one pool. Items are divided evenly and in order.
void dmpi_parallel(int64_t count, void (*body)(void *context, int64_t item), void *context);
// Sets the number of threads that dmpi_parallel and oneDNN use when called from this thread.
void dmpi_set_threads(int threads);
// The index of the thread in the body of dmpi_parallel: 0..<threads.
int dmpi_thread_index(void);

// Restricts the calling thread, and the threads that it creates from now on, to these processors.
// Has no effect if the system refuses.
void dmpi_keep_to(const int *processors, int count);
// Pins thread i of the team to processors[i] when it next takes part in dmpi_parallel. The calling
// thread, which is thread 0, is pinned at once.
void dmpi_pin_team(const int *processors, int count);

// --- element-wise -----------------------------------------------------------------------------

void dmpi_convert(
    void *destination, dmpi_element to, const void *source, dmpi_element from, int64_t count);
// x·sigmoid(x)
void dmpi_silu(float *destination, const float *source, int64_t count);
// x·Φ(x), by erf, or by tanh if `by_tanh` is set. The destination may be the source.
void dmpi_gelu(
    void *destination, const void *source, dmpi_element type, int by_tanh, int64_t count);
// source [pixels × 2·channels] → a·gelu(b), or silu(a)·b if `by_silu` is set, where a is the first
// half of the channels of a pixel.
void dmpi_gated_unit(
    void *destination, const void *source, dmpi_element type, int by_silu, int64_t pixels,
    int64_t channels);
// residual + gate[c]·source, of which the source may have another type. The destination may be the
// residual.
void dmpi_gated_sum(
    void *destination, dmpi_element type, const void *residual, const void *source,
    dmpi_element from, const float *gate, int64_t pixels, int64_t channels);
// source + table, element by element. The destination may be the source.
void dmpi_add(
    void *destination, dmpi_element type, const void *source, const float *table, int64_t count);

// --- layout -----------------------------------------------------------------------------------

// One image: planes [channels × pixels] ↔ pixels [pixels × channels].
void dmpi_planes_to_pixels(
    float *destination, const float *source, int64_t channels, int64_t pixels);
void dmpi_pixels_to_planes(
    float *destination, const float *source, int64_t channels, int64_t pixels, float scale);

// One image: `rows` rows of `columns` patches, each size × size × channels → planes [channels ×
// rows·size × columns·size].
void dmpi_patches_to_planes(
    float *destination, const void *source, dmpi_element from, int64_t rows, int64_t columns,
    int64_t size, int64_t channels);

// --- resampling, one image of height × width × channels (the source's) --------------------------

// Nearest-neighbour upsampling by two, times scale: rows [first, last) of the source.
void dmpi_upsample(
    void *destination, const void *source, dmpi_element type, int64_t width, int64_t channels,
    float scale, int64_t first, int64_t last);
// The mean of 2×2 pixels: rows [first, last) of the destination.
void dmpi_downsample(
    void *destination, const void *source, dmpi_element type, int64_t width, int64_t channels,
    int64_t first, int64_t last);

// --- Winograd's convolution, F(2×2, 3×3) --------------------------------------------------------
// Padding 1, stride 1. Height and width are those of the result and even, channels are a multiple of
// 16. With `enlarges`, the source has half the height and width and is enlarged by nearest neighbour.
// Tiles of 2×2 result pixels are numbered by image, row and column. There are n² matrices, with n = 3
// if it enlarges and n = 4 otherwise. Matrix (i, j) starts at (n·i + j)·position_stride elements.

// Bᵀ·d·B of `count` tiles from tile `first` on → n² matrices [tiles × channels] of the source's
// type.
void dmpi_winograd_input(
    void *transformed, int64_t position_stride, const void *source, dmpi_element type,
    int enlarges, int64_t height, int64_t width, int64_t channels, int64_t first, int64_t count);
// Aᵀ·m·A + bias (+ added, of the destination's shape and type) of n² matrices [tiles × channels].
void dmpi_winograd_output(
    void *destination, dmpi_element to, int enlarges, const float *products,
    int64_t position_stride, const float *bias, const void *added, int64_t height, int64_t width,
    int64_t channels, int64_t first, int64_t count);
// G·g·Gᵀ of `pairs` 3×3 kernels → n² matrices with one element per pair.
void dmpi_winograd_weights(
    float *transformed, int enlarges, const float *weights, int64_t pairs);

// --- Winograd's convolution, F(4×4, 3×3), in fixed point -----------------------------------------
// Padding 1, stride 1, bf16. Height and width are multiples of 4, channels of 16. Tiles of 4×4 result
// pixels are numbered by image, row and column. A product has room for `rows` tiles, a multiple of 8.
// The channels of the result are computed in blocks of `columns`: 16, 32 or DMPI_FIXED_COLUMNS. There
// are 36 matrices.
#define DMPI_FIXED_COLUMNS 48

// Bᵀ·d·B of `count` tiles from tile `first` on → 36 matrices [rows × channels] of integers, and the
// factor of each of their rows. The workspace holds 72·channels elements.
void dmpi_fixed_input(
    int16_t *transformed, float *scales, float *workspace, const void *source, int64_t height,
    int64_t width, int64_t channels, int64_t rows, int64_t first, int64_t count);
// Products of the transformed pixels and weights → 36 matrices [rows × columns], a block of the
// result's channels. Needs AVX512-VNNI.
void dmpi_fixed_products(
    float *products, const int16_t *transformed, const float *scales, const int16_t *packed,
    const float *column_scales, int64_t rows, int64_t channels, int64_t columns);
// Aᵀ·m·A + bias (+ added, of the destination's shape) of these matrices. Destination, bias and
// added begin at the first channel of the block. The destination has `channels` channels per pixel.
void dmpi_fixed_output(
    void *destination, const float *products, const float *bias, const void *added, int64_t height,
    int64_t width, int64_t channels, int64_t columns, int64_t rows, int64_t first, int64_t count);
// G·g·Gᵀ of the 3×3 kernels [columns × channels] of one block → 36 matrices [channels × columns] of
// integers, with pairs of channels next to each other, and 36 scales per column.
void dmpi_fixed_weights(
    int16_t *packed, float *column_scales, const float *weights, int64_t columns,
    int64_t channels);

// --- group normalisation ------------------------------------------------------------------------

// For each channel c: sums[c] = Σ (x−p) and sums[channels+c] = Σ (x−p)² over `pixels` pixels, with
// p = pivot[c], which has the type of the source.
void dmpi_channel_sums(
    float *sums, const void *source, dmpi_element type, const void *pivot, int64_t pixels,
    int64_t channels);

// y = act(x·a[c] + b[c]), where act is SiLU if `silu` is set. In the destination, pixels are
// `destination_stride` elements apart.
void dmpi_affine(
    void *destination, dmpi_element to, int64_t destination_stride, const void *source,
    dmpi_element from, const float *a, const float *b, int silu, int64_t pixels,
    int64_t channels);
// Like dmpi_affine, followed by the mean of 2×2 pixels: one destination row from the source rows y
// and y+1.
void dmpi_affine_downsample(
    void *destination, dmpi_element to, int64_t destination_stride, const void *source,
    dmpi_element from, const float *a, const float *b, int silu, int64_t source_width,
    int64_t channels);
// Like dmpi_affine, followed by nearest-neighbour upsampling by two: one source row to two
// destination rows.
void dmpi_affine_upsample(
    void *destination, dmpi_element to, int64_t destination_stride, const void *source,
    dmpi_element from, const float *a, const float *b, int silu, int64_t source_width,
    int64_t channels);

// dz = dy·act'(x·a+b) of one source row, and the two sums of the gradient per channel: sums[c] += Σ
// dz, sums[channels+c] += Σ dz·x̂ with x̂ = x·r[c] + m[c]. channels is a multiple of 16. `gradient`
// is the row of dy. With `halved` it has half the width, and each of its pixels counts for two,
// times 1/4.
void dmpi_affine_backward_sums(
    float *sums, void *dz, const void *gradient, const void *source, dmpi_element type,
    const float *a, const float *b, const float *r, const float *m, int silu, int halved,
    int64_t width, int64_t channels);
// dz becomes A[c]·dz + B[c]·x + D[c] (+ added), for one source row. `added` may be NULL.
void dmpi_affine_backward(
    void *dz, const void *source, dmpi_element type, const void *added, const float *A,
    const float *B, const float *D, int64_t width, int64_t channels);

// --- layer normalisation ------------------------------------------------------------------------

// y = (x − mean)/√(variance + epsilon)·a[c] + b[c] over the channels of each pixel. Unless it
// `centers`, y = x/√(mean of x² + epsilon)·a[c] + b[c].
void dmpi_layer_norm(
    void *destination, dmpi_element to, const void *source, dmpi_element from, const float *a,
    const float *b, float epsilon, int centers, int64_t pixels, int64_t channels);
// a = γ·(1 + scale) and b = β·(1 + scale) + shift, so that x·a + b is (x·γ + β)·(1 + scale) + shift.
// γ is 1 if it is NULL, and the others are 0.
void dmpi_modulate(
    float *a, float *b, const float *gamma, const float *beta, const float *scale,
    const float *shift, int64_t channels);

// --- attention ----------------------------------------------------------------------------------

// e = exp(scale·(s − maximum of the row)), written as type `to`, and 1/Σe of each row. Their
// product is the softmax. The destination may be the scores themselves if `to` is f32.
void dmpi_softmax(
    void *destination, dmpi_element to, float *reciprocals, const float *scores, float scale,
    int64_t rows, int64_t columns);
// dS = P∘(dP − Σ P∘dP)·scale, row by row, with P = e·reciprocal as computed by dmpi_softmax, and dP
// in f32. The destination may be the exponentials themselves.
void dmpi_softmax_backward(
    void *destination, dmpi_element type, const void *exponentials, const float *reciprocals,
    const float *gradient, float scale, int64_t rows, int64_t columns);

// Copies between rows that are `pitch` elements apart and a dense matrix [rows × columns], or its
// transpose [columns × rows]. Row r is multiplied by factors[r] if factors are given.
void dmpi_gather_rows(
    void *destination, const void *source, dmpi_element type, int64_t pitch, int64_t rows,
    int64_t columns);
// Like dmpi_gather_rows, with rows of `destination_pitch` elements, which end with zeros.
void dmpi_gather_padded(
    void *destination, int64_t destination_pitch, const void *source, dmpi_element type,
    int64_t pitch, int64_t rows, int64_t columns);
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

// --- vector quantisation ------------------------------------------------------------------------

// The code nearest to each pixel, the first one of equally near codes. A pixel that is not finite
// stays as it is. Codes come in blocks of 16, each [channels × 16]. The last one is filled up with
// infinities.
void dmpi_nearest_codes(
    float *destination, const float *source, const float *blocks, int64_t codes, int64_t pixels,
    int64_t channels);

// --- noise --------------------------------------------------------------------------------------

// Turns blocks of 16 uniforms in [0, 1) into blocks of 16 normals, in place, as torch's randn does.
void dmpi_box_muller(float *uniforms, int64_t blocks);

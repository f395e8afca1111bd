// The only door to oneDNN: convolutions with packed weights and plain matrix products.
//
// oneDNN 2 describes memory with structs of C arrays, which Swift imports as tuples, and oneDNN 3
// replaced them with handles. Both are hidden here, so that one source works with Debian 12 (oneDNN
// 2.6) and Ubuntu 24.04 (3.1).
#pragma once
#include <stddef.h>
#include <stdint.h>

typedef enum { DMPI_F32 = 0, DMPI_BF16 = 1 } dmpi_type;

// A prepared primitive with its memory objects. Two threads must not run it at the same time.
typedef struct dmpi_primitive dmpi_primitive;

// A 2-D convolution on NHWC activations. Source and destination are dense.
typedef struct {
  int64_t batch, height, width, in_channels;
  int64_t out_channels, kernel, stride;
  int64_t padding_before, padding_after;  // in each direction
  dmpi_type source;       // the type of the weights as well
  dmpi_type destination;
  int accumulates;        // destination += result instead of destination = result
} dmpi_convolution;

// A product C = A·B of row-major matrices with leading dimensions; B may be given transposed.
typedef struct {
  int64_t rows, columns, inner;
  int64_t lda, ldb, ldc;
  int transposes_b;       // B is stored [columns × inner]
  int accumulates;        // C += A·B instead of C = A·B
  dmpi_type source;       // of A and B
  dmpi_type destination;
} dmpi_matmul;

// Every function returns 0 or a dnnl_status_t.
int dmpi_convolution_create(const dmpi_convolution *shape, dmpi_primitive **result);
int dmpi_matmul_create(const dmpi_matmul *shape, dmpi_primitive **result);
void dmpi_primitive_destroy(dmpi_primitive *primitive);

// The sizes in bytes of the packed weights, and of the scratch memory for a run.
size_t dmpi_packed_bytes(const dmpi_primitive *primitive);
size_t dmpi_scratch_bytes(const dmpi_primitive *primitive);
// Describes the layout of packed weights: type, padded size and stride of each dimension, blocks.
// 256 characters are enough.
void dmpi_packed_layout(const dmpi_primitive *primitive, char *text, size_t capacity);

// Packs f32 weights, [out × in × kernel × kernel] or a product's B, into `packed` (64-byte aligned).
int dmpi_pack_weights(const dmpi_primitive *primitive, const float *weights, void *packed);
// Prepares the packing of a product's B that has another type, or that changes from run to run.
int dmpi_packing_create(
    const dmpi_primitive *product, dmpi_type plain_type, dmpi_primitive **result);
int dmpi_packing_run(dmpi_primitive *packing, const void *plain, void *packed);

// Sets the memory that a convolution reads and writes. `bias` is f32.
int dmpi_convolution_bind(
    dmpi_primitive *primitive, const void *source, const void *packed, const float *bias,
    void *destination);
int dmpi_convolution_run(dmpi_primitive *primitive, void *scratch);

int dmpi_matmul_run(
    dmpi_primitive *primitive, const void *a, const void *b, void *c, void *scratch);

// Version of the library at run time, e.g. "2.6.3".
const char *dmpi_onednn_version(void);
// The name of a dnnl_status_t.
const char *dmpi_status_name(int status);
// Whether the processor multiplies and adds pairs of 16-bit integers in one instruction
// (AVX512-VNNI).
int dmpi_has_integer_products(void);
// Whether the processor multiplies bfloat16 natively (AVX512-BF16 or AMX).
int dmpi_has_native_bf16(void);
// The widest instruction set oneDNN uses on this processor, e.g. "avx512_core_amx".
const char *dmpi_instruction_set(void);
// Uses no wider instruction set than the named one. Must be called before anything else.
int dmpi_limit_instruction_set(const char *name);

// Times one convolution of oneDNN in each element type. measure-int8.py compiles and runs it:
//
//   measure-int8 BATCH SIDE IN OUT KERNEL
//
// Prints one line for each type: its name, and the least seconds or "unimplemented". Activations
// are NHWC and weights are packed. The result has the type that the next operation would read,
// which is bf16 for int8.
#include <oneapi/dnnl/dnnl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#if DNNL_VERSION_MAJOR >= 3
typedef const_dnnl_memory_desc_t md_ref;
#define REF(md) (md)
#define MD_BY_TAG dnnl_memory_desc_create_with_tag
#else
typedef const dnnl_memory_desc_t *md_ref;
#define REF(md) (&(md))
#define MD_BY_TAG dnnl_memory_desc_init_by_tag
#endif

static dnnl_engine_t engine;
static dnnl_stream_t stream;

static void check(dnnl_status_t status, const char *what) {
  if (status == dnnl_success) return;
  fprintf(stderr, "error: oneDNN could not %s (status %d)\n", what, (int)status);
  exit(70);
}

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec + 1e-9 * t.tv_nsec;
}

// Newly allocated memory, with bytes that are small numbers in every type.
static dnnl_memory_t memory(md_ref md) {
  dnnl_memory_t result;
  void *bytes;
  check(dnnl_memory_create(&result, md, engine, DNNL_MEMORY_ALLOCATE), "allocate");
  check(dnnl_memory_get_data_handle(result, &bytes), "allocate");
  size_t size = dnnl_memory_desc_get_size(md);
  for (size_t i = 0; i < size; i++) ((unsigned char *)bytes)[i] = (i * 2654435761u >> 13) & 0x3f;
  return result;
}

// The convolution, or NULL if oneDNN has none for these types.
static dnnl_primitive_desc_t convolution(
    const int64_t *n, dnnl_data_type_t source, dnnl_data_type_t weights,
    dnnl_data_type_t destination) {
  const int64_t batch = n[0], side = n[1], in = n[2], out = n[3], k = n[4], pad = (k - 1) / 2;
  dnnl_dims_t source_dims = {batch, in, side, side}, weight_dims = {out, in, k, k};
  dnnl_dims_t bias_dims = {out}, out_dims = {batch, out, side, side};
  dnnl_dims_t strides = {1, 1}, dilation = {0, 0}, padding = {pad, pad};
  dnnl_memory_desc_t s, w, b, d;
  check(MD_BY_TAG(&s, 4, source_dims, source, dnnl_nhwc), "describe");
  check(MD_BY_TAG(&w, 4, weight_dims, weights, dnnl_format_tag_any), "describe");
  check(MD_BY_TAG(&b, 1, bias_dims, dnnl_f32, dnnl_a), "describe");
  check(MD_BY_TAG(&d, 4, out_dims, destination, dnnl_nhwc), "describe");
  dnnl_primitive_desc_t result = NULL;
#if DNNL_VERSION_MAJOR >= 3
  dnnl_convolution_forward_primitive_desc_create(
      &result, engine, dnnl_forward_inference, dnnl_convolution_direct, s, w, b, d, strides,
      dilation, padding, padding, NULL);
#else
  dnnl_convolution_desc_t desc;
  if (dnnl_dilated_convolution_forward_desc_init(
          &desc, dnnl_forward_inference, dnnl_convolution_direct, &s, &w, &b, &d, strides,
          dilation, padding, padding) == dnnl_success)
    dnnl_primitive_desc_create(&result, &desc, NULL, engine, NULL);
#endif
  return result;
}

static double least_seconds(dnnl_primitive_desc_t desc) {
  dnnl_primitive_t primitive;
  check(dnnl_primitive_create(&primitive, desc), "make a convolution");
  static const struct { int argument; dnnl_query_t query; int index; } slots[] = {
      {DNNL_ARG_SRC, dnnl_query_src_md, 0}, {DNNL_ARG_WEIGHTS, dnnl_query_weights_md, 0},
      {DNNL_ARG_BIAS, dnnl_query_weights_md, 1}, {DNNL_ARG_DST, dnnl_query_dst_md, 0}};
  dnnl_exec_arg_t arguments[4];
  for (int i = 0; i < 4; i++) {
    arguments[i].arg = slots[i].argument;
    arguments[i].memory =
        memory(dnnl_primitive_desc_query_md(desc, slots[i].query, slots[i].index));
  }
  double least = 1e9, total = 0;
  for (int run = 0; run < 4 || total < 0.3; run++) {
    double start = now();
    check(dnnl_primitive_execute(primitive, stream, 4, arguments), "convolve");
    check(dnnl_stream_wait(stream), "convolve");
    double time = now() - start;
    total += time;
    if (run > 0 && time < least) least = time;
  }
  for (int i = 0; i < 4; i++) dnnl_memory_destroy(arguments[i].memory);
  dnnl_primitive_destroy(primitive);
  return least;
}

int main(int count, char **words) {
  if (count != 6) {
    fprintf(stderr, "usage: measure-int8 BATCH SIDE IN OUT KERNEL\n");
    return 64;
  }
  int64_t numbers[5];
  for (int i = 0; i < 5; i++) numbers[i] = atoll(words[i + 1]);
  check(dnnl_engine_create(&engine, dnnl_cpu, 0), "start");
  check(dnnl_stream_create(&stream, engine, dnnl_stream_default_flags), "start");
  static const struct { const char *name; dnnl_data_type_t source, weights, destination; } types[] =
      {{"f32", dnnl_f32, dnnl_f32, dnnl_f32},
       {"f16", dnnl_f16, dnnl_f16, dnnl_f16},
       {"bf16", dnnl_bf16, dnnl_bf16, dnnl_bf16},
       {"u8", dnnl_u8, dnnl_s8, dnnl_bf16},
       {"s8", dnnl_s8, dnnl_s8, dnnl_bf16}};
  for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
    dnnl_primitive_desc_t desc =
        convolution(numbers, types[i].source, types[i].weights, types[i].destination);
    if (!desc) {
      printf("%s unimplemented\n", types[i].name);
      continue;
    }
    printf("%s %.6g\n", types[i].name, least_seconds(desc));
    dnnl_primitive_desc_destroy(desc);
  }
  return 0;
}

#include "COneDNN.h"

#include <oneapi/dnnl/dnnl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#if DNNL_VERSION_MAJOR >= 3
typedef const_dnnl_memory_desc_t md_ref;
#define REF(md) (md)
#define MD_BY_TAG dnnl_memory_desc_create_with_tag
#define MD_BY_STRIDES dnnl_memory_desc_create_with_strides
#define MD_FREE(md) dnnl_memory_desc_destroy(md)
#else
typedef const dnnl_memory_desc_t *md_ref;
#define REF(md) (&(md))
#define MD_BY_TAG dnnl_memory_desc_init_by_tag
#define MD_BY_STRIDES dnnl_memory_desc_init_by_strides
#define MD_FREE(md) ((void)0)
#endif

enum { SOURCE, WEIGHTS, BIAS, DESTINATION, SCRATCH, SLOTS };

struct dmpi_primitive {
  dnnl_primitive_desc_t desc;
  dnnl_primitive_t primitive;
  dnnl_stream_t stream;
  dnnl_memory_t memory[SLOTS];  // NULL where the primitive has no such argument
  dnnl_exec_arg_t arguments[SLOTS];
  int argument_count;
  void *scratch;  // the scratch handle last set
  // The weights as given, in f32: oihw for a convolution, B for a product.
  int weights_rank;
  dnnl_dims_t weights_dims, weights_strides;
};

#define TRY(call)                             \
  do {                                        \
    dnnl_status_t status_ = (call);           \
    if (status_ != dnnl_success) {            \
      status = status_;                       \
      goto done;                              \
    }                                         \
  } while (0)

static dnnl_engine_t engine(void) {
  static dnnl_engine_t shared;
  dnnl_engine_t present = __atomic_load_n(&shared, __ATOMIC_ACQUIRE);
  if (present) return present;
  dnnl_engine_t made = NULL;
  if (dnnl_engine_create(&made, dnnl_cpu, 0) != dnnl_success) return NULL;
  // Two threads may both get here. The engine of the first one stays.
  if (__atomic_compare_exchange_n(
          &shared, &present, made, 0, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
    return made;
  dnnl_engine_destroy(made);
  return present;
}

static dnnl_data_type_t data_type(dmpi_type type) {
  return type == DMPI_BF16 ? dnnl_bf16 : dnnl_f32;
}

static dnnl_status_t add_argument(dmpi_primitive *p, int slot, int argument, md_ref md) {
  dnnl_status_t status =
      dnnl_memory_create(&p->memory[slot], md, engine(), DNNL_MEMORY_NONE);
  if (status != dnnl_success) return status;
  p->arguments[p->argument_count].arg = argument;
  p->arguments[p->argument_count].memory = p->memory[slot];
  p->argument_count++;
  return dnnl_success;
}

static md_ref query(const dmpi_primitive *p, dnnl_query_t what) {
  return dnnl_primitive_desc_query_md(p->desc, what, 0);
}

static dnnl_status_t finish(dmpi_primitive *p) {
  dnnl_status_t status = dnnl_primitive_create(&p->primitive, p->desc);
  if (status != dnnl_success) return status;
  status = dnnl_stream_create(&p->stream, engine(), dnnl_stream_default_flags);
  if (status != dnnl_success) return status;
  return add_argument(p, SCRATCH, DNNL_ARG_SCRATCHPAD, query(p, dnnl_query_scratchpad_md));
}

static dnnl_status_t make_attributes(dnnl_primitive_attr_t *attributes, int accumulates) {
  dnnl_status_t status = dnnl_primitive_attr_create(attributes);
  if (status != dnnl_success) return status;
  status = dnnl_primitive_attr_set_scratchpad_mode(*attributes, dnnl_scratchpad_mode_user);
  if (status != dnnl_success || !accumulates) return status;
  dnnl_post_ops_t post_ops;
  status = dnnl_post_ops_create(&post_ops);
  if (status != dnnl_success) return status;
#if DNNL_VERSION_MAJOR >= 3
  status = dnnl_post_ops_append_sum(post_ops, 1.0f, 0, dnnl_data_type_undef);
#else
  status = dnnl_post_ops_append_sum(post_ops, 1.0f);
#endif
  if (status == dnnl_success)
    status = dnnl_primitive_attr_set_post_ops(*attributes, post_ops);
  dnnl_post_ops_destroy(post_ops);
  return status;
}

static void describe_weights(
    dmpi_primitive *p, int rank, const int64_t *dims, const int64_t *strides) {
  p->weights_rank = rank;
  for (int i = 0; i < rank; i++) {
    p->weights_dims[i] = dims[i];
    p->weights_strides[i] = strides[i];
  }
}

int dmpi_convolution_create(const dmpi_convolution *s, dmpi_primitive **result) {
  dnnl_status_t status = dnnl_success;
  dnnl_memory_desc_t source = {0}, weights = {0}, bias = {0}, destination = {0};
  dnnl_primitive_attr_t attributes = NULL;
  dmpi_primitive *p = calloc(1, sizeof *p);
  if (!p) return dnnl_out_of_memory;

  const int64_t k = s->kernel, before = s->padding_before, after = s->padding_after;
  const int64_t out_height = (s->height + before + after - k) / s->stride + 1;
  const int64_t out_width = (s->width + before + after - k) / s->stride + 1;
  dnnl_dims_t source_dims = {s->batch, s->in_channels, s->height, s->width};
  dnnl_dims_t weight_dims = {s->out_channels, s->in_channels, k, k};
  dnnl_dims_t bias_dims = {s->out_channels};
  dnnl_dims_t out_dims = {s->batch, s->out_channels, out_height, out_width};
  dnnl_dims_t strides = {s->stride, s->stride}, dilation = {0, 0};
  dnnl_dims_t first_padding = {before, before}, last_padding = {after, after};
  const int64_t weight_strides[] = {s->in_channels * k * k, k * k, k, 1};
  describe_weights(p, 4, weight_dims, weight_strides);

  TRY(MD_BY_TAG(&source, 4, source_dims, data_type(s->source), dnnl_nhwc));
  TRY(MD_BY_TAG(&weights, 4, weight_dims, data_type(s->source), dnnl_format_tag_any));
  TRY(MD_BY_TAG(&bias, 1, bias_dims, dnnl_f32, dnnl_a));
  TRY(MD_BY_TAG(&destination, 4, out_dims, data_type(s->destination), dnnl_nhwc));
  TRY(make_attributes(&attributes, s->accumulates));
#if DNNL_VERSION_MAJOR >= 3
  TRY(dnnl_convolution_forward_primitive_desc_create(
      &p->desc, engine(), dnnl_forward_inference, dnnl_convolution_direct, source, weights, bias,
      destination, strides, dilation, first_padding, last_padding, attributes));
#else
  dnnl_convolution_desc_t desc;
  TRY(dnnl_dilated_convolution_forward_desc_init(
      &desc, dnnl_forward_inference, dnnl_convolution_direct, &source, &weights, &bias,
      &destination, strides, dilation, first_padding, last_padding));
  TRY(dnnl_primitive_desc_create(&p->desc, &desc, attributes, engine(), NULL));
#endif
  TRY(add_argument(p, SOURCE, DNNL_ARG_SRC, query(p, dnnl_query_src_md)));
  TRY(add_argument(p, WEIGHTS, DNNL_ARG_WEIGHTS, query(p, dnnl_query_weights_md)));
  TRY(add_argument(p, BIAS, DNNL_ARG_BIAS, REF(bias)));
  TRY(add_argument(p, DESTINATION, DNNL_ARG_DST, query(p, dnnl_query_dst_md)));
  TRY(finish(p));

done:
  if (attributes) dnnl_primitive_attr_destroy(attributes);
  MD_FREE(source);
  MD_FREE(weights);
  MD_FREE(bias);
  MD_FREE(destination);
  if (status != dnnl_success) {
    dmpi_primitive_destroy(p);
    p = NULL;
  }
  *result = p;
  return status;
}

static dnnl_status_t matrix(
    dnnl_memory_desc_t *md, int64_t rows, int64_t columns, int64_t leading, dmpi_type type) {
  dnnl_dims_t dims = {rows, columns};
  dnnl_dims_t strides = {leading, 1};
  return MD_BY_STRIDES(md, 2, dims, data_type(type), strides);
}

int dmpi_matmul_create(const dmpi_matmul *s, dmpi_primitive **result) {
  dnnl_status_t status = dnnl_success;
  dnnl_memory_desc_t a = {0}, b = {0}, c = {0};
  dnnl_primitive_attr_t attributes = NULL;
  dmpi_primitive *p = calloc(1, sizeof *p);
  if (!p) return dnnl_out_of_memory;

  TRY(matrix(&a, s->rows, s->inner, s->lda, s->source));
  const int64_t dims[] = {s->inner, s->columns};
  const int64_t strides[] = {s->transposes_b ? 1 : s->ldb, s->transposes_b ? s->ldb : 1};
  describe_weights(p, 2, dims, strides);
  TRY(MD_BY_TAG(&b, 2, dims, data_type(s->source), dnnl_format_tag_any));
  TRY(matrix(&c, s->rows, s->columns, s->ldc, s->destination));
  TRY(make_attributes(&attributes, s->accumulates));
#if DNNL_VERSION_MAJOR >= 3
  TRY(dnnl_matmul_primitive_desc_create(&p->desc, engine(), a, b, NULL, c, attributes));
#else
  dnnl_matmul_desc_t desc;
  TRY(dnnl_matmul_desc_init(&desc, &a, &b, NULL, &c));
  TRY(dnnl_primitive_desc_create(&p->desc, &desc, attributes, engine(), NULL));
#endif
  TRY(add_argument(p, SOURCE, DNNL_ARG_SRC, REF(a)));
  TRY(add_argument(p, WEIGHTS, DNNL_ARG_WEIGHTS, query(p, dnnl_query_weights_md)));
  TRY(add_argument(p, DESTINATION, DNNL_ARG_DST, REF(c)));
  TRY(finish(p));

done:
  if (attributes) dnnl_primitive_attr_destroy(attributes);
  MD_FREE(a);
  MD_FREE(b);
  MD_FREE(c);
  if (status != dnnl_success) {
    dmpi_primitive_destroy(p);
    p = NULL;
  }
  *result = p;
  return status;
}

void dmpi_primitive_destroy(dmpi_primitive *p) {
  if (!p) return;
  for (int i = 0; i < SLOTS; i++)
    if (p->memory[i]) dnnl_memory_destroy(p->memory[i]);
  if (p->primitive) dnnl_primitive_destroy(p->primitive);
  if (p->desc) dnnl_primitive_desc_destroy(p->desc);
  if (p->stream) dnnl_stream_destroy(p->stream);
  free(p);
}

size_t dmpi_packed_bytes(const dmpi_primitive *p) {
  return dnnl_memory_desc_get_size(query(p, dnnl_query_weights_md));
}

typedef struct {
  int rank, block_count;
  int data_type, is_blocked;
  unsigned long long extra;  // what a layout holds besides the weights, such as their sums
  const int64_t *strides, *padded_dims, *blocks, *block_dims;
} layout;

static layout layout_of(md_ref md) {
  layout l = {0};
#if DNNL_VERSION_MAJOR >= 3
  dnnl_data_type_t type;
  dnnl_format_kind_t format;
  const dnnl_dims_t *strides, *padded, *blocks, *block_dims;
  dnnl_memory_desc_query(md, dnnl_query_ndims_s32, &l.rank);
  dnnl_memory_desc_query(md, dnnl_query_data_type, &type);
  dnnl_memory_desc_query(md, dnnl_query_format_kind, &format);
  l.data_type = type;
  l.is_blocked = format == dnnl_blocked;
  if (!l.is_blocked) return l;
  dnnl_memory_desc_query(md, dnnl_query_strides, &strides);
  dnnl_memory_desc_query(md, dnnl_query_padded_dims, &padded);
  dnnl_memory_desc_query(md, dnnl_query_inner_nblks_s32, &l.block_count);
  dnnl_memory_desc_query(md, dnnl_query_inner_blks, &blocks);
  dnnl_memory_desc_query(md, dnnl_query_inner_idxs, &block_dims);
  l.strides = *strides;
  l.padded_dims = *padded;
  l.blocks = *blocks;
  l.block_dims = *block_dims;
#else
  const dnnl_blocking_desc_t *blocking = &md->format_desc.blocking;
  l.rank = md->ndims;
  l.data_type = md->data_type;
  l.is_blocked = md->format_kind == dnnl_blocked;
  l.extra = md->extra.flags;
  if (!l.is_blocked) return l;
  l.strides = blocking->strides;
  l.padded_dims = md->padded_dims;
  l.block_count = blocking->inner_nblks;
  l.blocks = blocking->inner_blks;
  l.block_dims = blocking->inner_idxs;
#endif
  return l;
}

void dmpi_packed_layout(const dmpi_primitive *p, char *text, size_t capacity) {
  const layout l = layout_of(query(p, dnnl_query_weights_md));
  size_t used = (size_t)snprintf(text, capacity, "%d:%llu", l.data_type, l.extra);
  for (int i = 0; i < (l.is_blocked ? l.rank : 0) && used < capacity; i++)
    used += (size_t)snprintf(
        text + used, capacity - used, " %lld/%lld", (long long)l.padded_dims[i],
        (long long)l.strides[i]);
  for (int i = 0; i < l.block_count && used < capacity; i++)
    used += (size_t)snprintf(
        text + used, capacity - used, " %lld%c", (long long)l.blocks[i],
        (char)('a' + l.block_dims[i]));
}

size_t dmpi_scratch_bytes(const dmpi_primitive *p) {
  return dnnl_memory_desc_get_size(query(p, dnnl_query_scratchpad_md));
}

int dmpi_packing_create(
    const dmpi_primitive *product, dmpi_type plain_type, dmpi_primitive **result) {
  dnnl_status_t status = dnnl_success;
  dnnl_memory_desc_t plain = {0};
  md_ref packed = query(product, dnnl_query_weights_md);
  dmpi_primitive *p = calloc(1, sizeof *p);
  if (!p) return dnnl_out_of_memory;

  TRY(MD_BY_STRIDES(
      &plain, product->weights_rank, product->weights_dims, data_type(plain_type),
      product->weights_strides));
  TRY(dnnl_reorder_primitive_desc_create(
      &p->desc, REF(plain), engine(), packed, engine(), NULL));
  TRY(add_argument(p, SOURCE, DNNL_ARG_FROM, REF(plain)));
  TRY(add_argument(p, DESTINATION, DNNL_ARG_TO, packed));
  TRY(dnnl_primitive_create(&p->primitive, p->desc));
  TRY(dnnl_stream_create(&p->stream, engine(), dnnl_stream_default_flags));

done:
  MD_FREE(plain);
  if (status != dnnl_success) {
    dmpi_primitive_destroy(p);
    p = NULL;
  }
  *result = p;
  return status;
}

int dmpi_pack_weights(const dmpi_primitive *product, const float *weights, void *packed) {
  dmpi_primitive *packing;
  int status = dmpi_packing_create(product, DMPI_F32, &packing);
  if (status == dnnl_success) status = dmpi_packing_run(packing, weights, packed);
  dmpi_primitive_destroy(packing);
  return status;
}

static dnnl_status_t set(dmpi_primitive *p, int slot, const void *handle) {
  return p->memory[slot] ? dnnl_memory_set_data_handle(p->memory[slot], (void *)handle)
                         : dnnl_success;
}

int dmpi_convolution_bind(
    dmpi_primitive *p, const void *source, const void *packed, const float *bias,
    void *destination) {
  dnnl_status_t status = dnnl_success;
  TRY(set(p, SOURCE, source));
  TRY(set(p, WEIGHTS, packed));
  TRY(set(p, BIAS, bias));
  TRY(set(p, DESTINATION, destination));
done:
  return status;
}

static dnnl_status_t run(dmpi_primitive *p, void *scratch) {
  if (scratch != p->scratch) {
    dnnl_status_t status = set(p, SCRATCH, scratch);
    if (status != dnnl_success) return status;
    p->scratch = scratch;
  }
  return dnnl_primitive_execute(p->primitive, p->stream, p->argument_count, p->arguments);
}

int dmpi_convolution_run(dmpi_primitive *p, void *scratch) { return run(p, scratch); }

int dmpi_packing_run(dmpi_primitive *p, const void *plain, void *packed) {
  dnnl_status_t status = dnnl_success;
  TRY(set(p, SOURCE, plain));
  TRY(set(p, DESTINATION, packed));
  TRY(dnnl_primitive_execute(p->primitive, p->stream, p->argument_count, p->arguments));
done:
  return status;
}

int dmpi_matmul_run(
    dmpi_primitive *p, const void *a, const void *b, void *c, void *scratch) {
  dnnl_status_t status = dnnl_success;
  TRY(set(p, SOURCE, a));
  TRY(set(p, WEIGHTS, b));
  TRY(set(p, DESTINATION, c));
  TRY(run(p, scratch));
done:
  return status;
}

const char *dmpi_onednn_version(void) {
  static char text[32];
  const dnnl_version_t *version = dnnl_version();
  snprintf(text, sizeof text, "%d.%d.%d", version->major, version->minor, version->patch);
  return text;
}

const char *dmpi_status_name(int status) {
  switch (status) {
    case dnnl_success: return "success";
    case dnnl_out_of_memory: return "out of memory";
    case dnnl_invalid_arguments: return "invalid arguments";
    case dnnl_unimplemented: return "not implemented";
    default: return "runtime error";
  }
}

static int has(dnnl_cpu_isa_t isa) {
  return (dnnl_get_effective_cpu_isa() & isa) == isa;
}

int dmpi_has_integer_products(void) { return has(dnnl_cpu_isa_avx512_core_vnni); }

int dmpi_has_native_bf16(void) { return has(dnnl_cpu_isa_avx512_core_bf16); }

// From the widest to the narrowest. Every processor that oneDNN runs on has the last one.
static const struct {
  const char *name;
  dnnl_cpu_isa_t isa;
} instruction_sets[] = {
    {"avx512_core_amx", dnnl_cpu_isa_avx512_core_amx},
    {"avx512_core_bf16", dnnl_cpu_isa_avx512_core_bf16},
    {"avx512_core_vnni", dnnl_cpu_isa_avx512_core_vnni},
    {"avx512_core", dnnl_cpu_isa_avx512_core},
    {"avx2", dnnl_cpu_isa_avx2},
    {"sse41", dnnl_cpu_isa_sse41},
};
enum { INSTRUCTION_SETS = sizeof instruction_sets / sizeof *instruction_sets };

const char *dmpi_instruction_set(void) {
  for (int i = 0; i < INSTRUCTION_SETS; i++)
    if (has(instruction_sets[i].isa)) return instruction_sets[i].name;
  return instruction_sets[INSTRUCTION_SETS - 1].name;
}

int dmpi_limit_instruction_set(const char *name) {
  for (int i = 0; i < INSTRUCTION_SETS; i++)
    if (!strcmp(instruction_sets[i].name, name))
      return dnnl_set_max_cpu_isa(instruction_sets[i].isa);
  return dnnl_invalid_arguments;
}

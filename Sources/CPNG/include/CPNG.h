// The only door to libpng, and to zlib below it. libpng reports errors with longjmp, which must not
// cross Swift frames. Here it stays inside one C function. Text chunks, which libpng's simplified
// interface does not support, can be written and read.
#pragma once

#include <stddef.h>
#include <stdint.h>

// The largest width and height that are written or read.
#define CPNG_MAX_SIDE 16384

// The reason why a call failed, in libpng's words.
typedef struct {
  char message[128];
} cpng_error;

// An 8-bit image, RGB or grey, and its text chunks.
typedef struct {
  uint32_t width;
  uint32_t height;
  uint32_t channels;  // 3 for RGB, 1 for grey
  uint8_t *pixels;    // [height][width][channels]
  char *texts;        // keyword NUL text NUL, text_count times, in UTF-8
  size_t text_count;
  size_t texts_size;
} cpng_image;

// The kind of an image, which determines how it is compressed.
typedef enum {
  // An image with almost no repetition, so only runs of a byte are compressed. This takes little
  // more than half the time of zlib's level 1, and the files are smaller.
  CPNG_PHOTOGRAPH,
  // An image with repetitions, which zlib's level 6 finds.
  CPNG_DRAWING
} cpng_content;

// Encodes `image` as an 8-bit PNG. Pure ASCII texts become tEXt, others iTXt. Equal arguments give
// equal bytes. Returns 1 and a buffer in `*bytes` that the caller frees with free(3), or 0 and the
// reason in `error`.
int cpng_encode(const cpng_image *image, cpng_content content, uint8_t **bytes, size_t *size,
                cpng_error *error);

// The files that cpng_decode accepts.
typedef enum {
  // 8-bit RGB or grey without interlacing, and nothing after the end, as cpng_encode writes them.
  CPNG_ENCODED_HERE,
  // Any PNG. It is converted to 8-bit RGB or grey: samples are scaled, colours of a palette are
  // looked up, and transparency is dropped.
  CPNG_ANY
} cpng_origin;

// Decodes a complete PNG, and checks its checksums. Returns 1 and an image that the caller frees
// with cpng_free_image, or 0 and the reason in `error`.
int cpng_decode(const uint8_t *bytes, size_t size, cpng_origin origin, cpng_image *image,
                cpng_error *error);

// Frees what cpng_decode allocated.
void cpng_free_image(cpng_image *image);

// Updates a CRC-32, as used in PNG and zip, with `size` more bytes. The initial value is 0.
uint32_t cpng_crc32(uint32_t crc, const void *bytes, size_t size);

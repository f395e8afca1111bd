// The only door to OpenSSL's libcrypto, which has SHA-256 for every processor.
#pragma once
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdint.h>

// Options of OPENSSL_init_crypto, macros that Swift cannot import: no configuration file is read,
// and nothing is freed at exit, because threads may still be hashing then.
static inline uint64_t dmpi_crypto_options(void) {
  return OPENSSL_INIT_NO_LOAD_CONFIG | OPENSSL_INIT_NO_ATEXIT;
}

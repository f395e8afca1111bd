#pragma once
#include <stdint.h>

// --- noise --------------------------------------------------------------------------------------

// Blocks of 16 uniforms in [0, 1) become blocks of 16 normals, in place, as torch's randn does it.
void dmpi_box_muller(float *uniforms, int64_t blocks);

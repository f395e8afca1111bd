// Functions of which Debian 12's glibc has newer versions than the packages may need.
#include <unistd.h>

// Hidden, so that no library uses these in place of its own.
#define LOCAL __attribute__((visibility("hidden")))

// Foundation calls these. The versions before glibc 2.35 differ only in how they set errno.
__asm__(".symver old_hypot, hypot@GLIBC_2.2.5");
__asm__(".symver old_hypotf, hypotf@GLIBC_2.2.5");
double old_hypot(double, double);
float old_hypotf(float, float);
LOCAL double hypot(double x, double y) { return old_hypot(x, y); }
LOCAL float hypotf(float x, float y) { return old_hypotf(x, y); }

// libstdc++ calls this in std::random_device. It is new in glibc 2.36.
LOCAL unsigned int arc4random(void) {
  unsigned int number;
  if (getentropy(&number, sizeof number) != 0) _exit(70);
  return number;
}

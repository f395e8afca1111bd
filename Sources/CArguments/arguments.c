#include "CArguments.h"

// The function of Swift's runtime that sets CommandLine's arguments.
__attribute__((swiftcall)) void _swift_stdlib_overrideUnsafeArgvArgc(char **argv, int argc);

// The C library passes the arguments of main to constructors too.
__attribute__((constructor)) static void set_arguments(int argc, char **argv) {
  _swift_stdlib_overrideUnsafeArgvArgc(argv, argc);
}

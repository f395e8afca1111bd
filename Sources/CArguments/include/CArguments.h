// Gives Swift's CommandLine the arguments of the process. A program only has to link this.
//
// By itself, Swift's runtime looks for them on the stack, below the variables of the environment. If
// a constructor of a library has set a variable before, the variables are elsewhere, and CommandLine
// has no arguments at all. hwloc 2.7, which Open MPI uses, sets ZES_ENABLE_SYSMAN in a constructor.
// The runtime's own constructor runs first if the runtime is a shared library, but not if it is
// linked statically.
#pragma once

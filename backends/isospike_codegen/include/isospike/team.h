// Who runs a program: the threads of a team, each of which runs all of it on its own share of every loop.
//
// What differs between processors is here and in the two files below; the text of a program does not.

#pragma once

#if defined(__CUDACC__) || defined(ISOSPIKE_HOST_SHIM)
#include "isospike/team_cuda.h"
#else
#include "isospike/team_cpu.h"
#endif

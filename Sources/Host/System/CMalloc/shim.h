// glibc's own functions of its allocator, which Swift's Glibc module leaves out.
#if defined(__linux__)
#include <malloc.h>
#endif

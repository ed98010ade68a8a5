#include <stdio.h>
#include <stdlib.h>
#include <zlib.h>

#include <stdio.h>
#include <stdlib.h>
#include <png.h>

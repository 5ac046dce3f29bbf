/* SPDX-License-Identifier: MIT */
#define COUNT count_after
#include "count.h"

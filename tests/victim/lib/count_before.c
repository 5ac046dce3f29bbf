/* SPDX-License-Identifier: MIT */
#define COUNT count_before
#include "count.h"

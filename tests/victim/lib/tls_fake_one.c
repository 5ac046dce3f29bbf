/* SPDX-License-Identifier: MIT */
#define LIBRARY one
#define NUMBER 1
#include "tls_fake.h"

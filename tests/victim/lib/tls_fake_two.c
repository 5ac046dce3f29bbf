/* SPDX-License-Identifier: MIT */
#define LIBRARY two
#define NUMBER 2
#include "tls_fake.h"

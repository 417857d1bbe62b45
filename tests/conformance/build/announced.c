/* SPDX-License-Identifier: MIT */
/* Build rows whose loaded object carries ftrace_object.o. */
#include "open.h"

const bool open_plain = false;
const struct conf_case plain_cases[] = { { NULL, NULL, NULL } };

/* SPDX-License-Identifier: MIT */
/* Build rows whose traced code is there from the start. */
#include "open.h"

const struct build_traced *build_find(void)
{
	return &build_traced;
}

const struct conf_case open_cases[] = { { NULL, NULL, NULL } };
const struct conf_case plain_cases[] = { { NULL, NULL, NULL } };

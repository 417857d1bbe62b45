/* SPDX-License-Identifier: MIT */
/* Judging what the bytes of a site mean. */
#ifndef CONFORMANCE_RUNNER_H
#define CONFORMANCE_RUNNER_H

#include <stdbool.h>

/**
 * judge_site - is a site what it is said to be?
 * @target: its target
 * @line: "site NAME STATE ip=.. target=.. bytes=.."
 *
 * Return: "" if it is, else why not; static.
 */
const char *judge_site(const char *target, const char *line);

#endif

/* SPDX-License-Identifier: MIT */
/* Judging what bytes of code mean. */
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

/**
 * judge_steps - was each instruction met?
 * @target: its target
 * @line: "stepped NAME at=.. bytes=.. met=..", with a digit for each byte
 *
 * Return: "" if each was, else which was not; static.
 */
const char *judge_steps(const char *target, const char *line);

#endif

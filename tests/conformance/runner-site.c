/* SPDX-License-Identifier: MIT */
/* Disassembles with Capstone, which knows nothing of the library. */
#include <capstone/capstone.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runner.h"

/**
 * struct isa - what a target's sites look like to a disassembler
 * @nop: the whole site when nobody is attached
 * @compiled: instructions of the site as compiled, from its start
 * @call: mnemonic of the call
 * @jump: and of a jump
 * @lead: instructions before it that are there in both states
 */
struct isa {
	const char *target;
	cs_arch arch;
	int mode;
	const char *nop, *compiled, *call, *jump, *lead;
};

static const struct isa isas[] = {
	{ "x86_64", CS_ARCH_X86, CS_MODE_64, "nop dword ptr [rax + rax]; ",
	  "nop ; nop ; nop ; nop ; nop ; ", "call", "jmp", "" },
	{ "i386", CS_ARCH_X86, CS_MODE_32, "nop ; ",
	  "nop ; nop ; nop ; nop ; nop ; ", "call", "jmp", "" },
	{ "i386_noargs", CS_ARCH_X86, CS_MODE_32, "nop ; ",
	  "nop ; nop ; nop ; nop ; nop ; ", "call", "jmp", "" },
	{ "arm64", CS_ARCH_ARM64, CS_MODE_LITTLE_ENDIAN,
	  "mov x9, x30; nop ; ", "nop ; nop ; ", "bl", "b", "mov x9, x30; " },
	{ "ppc64le", CS_ARCH_PPC, CS_MODE_64 | CS_MODE_LITTLE_ENDIAN,
	  "mflr r0; nop ; ", NULL, "bl", "b", "mflr r0; " },
	{ "ppc64", CS_ARCH_PPC, CS_MODE_64 | (int)CS_MODE_BIG_ENDIAN,
	  "mflr r0; nop ; ", "nop ; nop ; ", "bl", "b", "mflr r0; " },
	{ "ppc", CS_ARCH_PPC, CS_MODE_32 | (int)CS_MODE_BIG_ENDIAN,
	  "mflr r0; nop ; ", "nop ; nop ; ", "bl", "b", "mflr r0; " },
};

struct site {
	char name[64], state[16];
	unsigned long ip, target;
	unsigned char bytes[32];
	size_t len;
	/* "mnemonic operands; " for each instruction, and the last apart */
	char text[2048], op[64], arg[256];
};

static const struct isa *isa_of(const char *target)
{
	size_t i;

	for (i = 0; i < sizeof(isas) / sizeof(isas[0]); i++)
		if (!strcmp(isas[i].target, target))
			return &isas[i];
	return NULL;
}

static bool parse(struct site *s, const char *line)
{
	const char *hex = strstr(line, "bytes=");
	unsigned int byte;

	memset(s, 0, sizeof(*s));
	if (!hex || sscanf(line, "site %63s %15s ip=%lx target=%lx", s->name,
			   s->state, &s->ip, &s->target) != 4)
		return false;
	for (hex += 6; s->len < sizeof(s->bytes) &&
	     sscanf(hex, "%2x", &byte) == 1; hex += 2)
		s->bytes[s->len++] = (unsigned char)byte;
	return s->len;
}

static bool disassemble(const struct isa *isa, struct site *s)
{
	size_t call = isa->arch == CS_ARCH_X86 ? 5 : 4, n, i, used = 0;
	cs_insn *insn;
	csh cs;

	if (cs_open(isa->arch, (cs_mode)isa->mode, &cs) != CS_ERR_OK)
		return false;
	n = cs_disasm(cs, s->bytes, s->len, s->ip - (s->len - call), 0, &insn);
	for (i = 0; i < n; i++) {
		size_t at = strlen(s->text);

		snprintf(s->text + at, sizeof(s->text) - at, "%s %s; ",
			 insn[i].mnemonic, insn[i].op_str);
		snprintf(s->op, sizeof(s->op), "%s", insn[i].mnemonic);
		snprintf(s->arg, sizeof(s->arg), "%s", insn[i].op_str);
		used += insn[i].size;
	}
	if (n)
		cs_free(insn, n);
	cs_close(&cs);
	return used == s->len;
}

/* @op: how; it goes where the library says that it does. */
static bool goes(const struct isa *isa, const struct site *s, const char *op)
{
	const char *arg = s->arg;
	unsigned long to;

	arg += *arg == '#';
	to = strtoul(arg, NULL, 0);
	return !strcmp(s->op, op) && s->target && to == s->target &&
	       !strncmp(s->text, isa->lead, strlen(isa->lead));
}

/* x86_64: five one-byte nops, clang's five-byte one, or calls of mcount. */
static bool compiled(const struct isa *isa, const struct site *s)
{
	if (isa->compiled)
		return !strcmp(s->text, isa->compiled);
	return !strncmp(s->text, isa->lead, strlen(isa->lead)) &&
	       !strcmp(s->op, isa->call);
}

const char *judge_site(const char *target, const char *line)
{
	const struct isa *isa = isa_of(target);
	static char why[512];
	struct site s;
	bool right;

	if (!isa)
		return "the runner does not know this target";
	if (!parse(&s, line))
		return "not understood";
	if (!disassemble(isa, &s))
		return "not code";
	if (!strcmp(s.state, "nop"))
		right = !strcmp(s.text, isa->nop);
	else if (!strcmp(s.state, "call"))
		right = goes(isa, &s, isa->call);
	else if (!strcmp(s.state, "jump"))
		right = goes(isa, &s, isa->jump);
	else if (!strcmp(s.state, "compiled"))
		right = compiled(isa, &s);
	else
		return "no such state";
	if (right)
		return "";
	snprintf(why, sizeof(why), "it is: %s", s.text);
	return why;
}

/* Not to be met: what no instruction of the library leads to. */
static bool filler(const char *mnemonic)
{
	return !strcmp(mnemonic, "int3") || !strcmp(mnemonic, "brk") ||
	       !strcmp(mnemonic, "trap");
}

/*
 * Length of the instruction at @at; one that Capstone does not know ends where
 * the next was met. *@why if it should have been met, and was not.
 */
static size_t one_met(csh cs, unsigned long at, const unsigned char *bytes,
		      const char *met, size_t left, char why[256])
{
	cs_insn *insn = NULL;
	size_t len = 1;

	if (!cs_disasm(cs, bytes, left, at, 1, &insn)) {
		while (*met == '1' && len < left && met[len] != '1')
			len++;
	} else {
		len = insn->size;
		if (filler(insn->mnemonic))
			met = "1";
	}
	if (*met != '1')
		snprintf(why, 256, "not met: %#lx %s %s", at,
			 insn ? insn->mnemonic : "?", insn ? insn->op_str : "");
	if (insn)
		cs_free(insn, 1);
	return len;
}

static const char *all_met(csh cs, unsigned long at, const char *hex,
			   const char *met)
{
	size_t len = strcspn(met, " "), i;
	unsigned char *bytes = calloc(1, len + 1);
	static char why[256];

	for (i = 0; i < len; i++)
		if (sscanf(hex + 2 * i, "%2hhx", &bytes[i]) != 1)
			len = 0;
	snprintf(why, sizeof(why), "%s", len ? "" : "no bytes");
	for (i = 0; i < len && !*why;)
		i += one_met(cs, at + i, bytes + i, met + i, len - i, why);
	free(bytes);
	return why;
}

const char *judge_steps(const char *target, const char *line)
{
	const char *hex = strstr(line, "bytes="), *met = strstr(line, "met=");
	const struct isa *isa = isa_of(target);
	const char *why;
	unsigned long at;
	csh cs;

	if (!isa)
		return "the runner does not know this target";
	if (!hex || !met || sscanf(line, "stepped %*s at=%lx", &at) != 1)
		return "not understood";
	if (cs_open(isa->arch, (cs_mode)isa->mode, &cs) != CS_ERR_OK)
		return "no disassembler";
	why = all_met(cs, at, hex + 6, met + 4);
	cs_close(&cs);
	return why;
}

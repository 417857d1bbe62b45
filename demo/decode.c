/* SPDX-License-Identifier: MIT */
/* A filter for the demo's output: turns its lines of bytes into instructions. */
#include <stdio.h>
#include <string.h>

#ifndef DEMO_NO_CAPSTONE
#include <capstone/capstone.h>

static const struct machine {
	const char *target;
	cs_arch arch;
	int mode;
} machines[] = {
	{ "x86_64", CS_ARCH_X86, CS_MODE_64 },
	{ "i386", CS_ARCH_X86, CS_MODE_32 },
	{ "arm64", CS_ARCH_ARM64, CS_MODE_LITTLE_ENDIAN },
	{ "ppc", CS_ARCH_PPC, (int)CS_MODE_BIG_ENDIAN | CS_MODE_32 },
	{ "ppc64", CS_ARCH_PPC, (int)CS_MODE_BIG_ENDIAN | CS_MODE_64 },
	{ "ppc64le", CS_ARCH_PPC, CS_MODE_LITTLE_ENDIAN | CS_MODE_64 },
};

static size_t parse_bytes(const char *hex, unsigned char *code, size_t max)
{
	unsigned int byte;
	size_t n = 0;

	while (n < max && sscanf(hex + 2 * n, "%2x", &byte) == 1)
		code[n++] = (unsigned char)byte;
	return n;
}

/* Five nops in a row are one "nop x 5". */
static void put_insns(csh handle, const unsigned char *code, size_t size,
		      unsigned long ip)
{
	cs_insn *insn;
	size_t n = cs_disasm(handle, code, size, ip, 0, &insn), i, run;

	for (i = 0; i < n; i += run) {
		for (run = 1; i + run < n; run++)
			if (strcmp(insn[i].mnemonic, insn[i + run].mnemonic) ||
			    strcmp(insn[i].op_str, insn[i + run].op_str))
				break;
		printf("%s%s%s%s", i ? "; " : "", insn[i].mnemonic,
		       *insn[i].op_str ? " " : "", insn[i].op_str);
		if (run > 1)
			printf(" x %zu", run);
	}
	if (n)
		cs_free(insn, n);
	else
		printf("?");
}

static void decode(const char *target, unsigned long ip, const char *hex)
{
	unsigned char code[16];
	size_t i, size = parse_bytes(hex, code, sizeof(code));
	csh handle;

	for (i = 0; i < sizeof(machines) / sizeof(*machines); i++) {
		if (strcmp(machines[i].target, target))
			continue;
		if (cs_open(machines[i].arch, (cs_mode)machines[i].mode,
			    &handle))
			break;
		put_insns(handle, code, size, ip);
		cs_close(&handle);
		return;
	}
	printf("?");
}
#else
/* Built where there is no Capstone: the bytes have to do. */
static void decode(const char *target, unsigned long ip, const char *hex)
{
	(void)target, (void)ip, (void)hex;
}
#endif

static void put_line(const char *when, unsigned long ip, const char *hex)
{
	int column = 0;

	printf("  %-10s %#lx ", when, ip);
	for (; *hex; hex += 2)
		column += printf(" %.2s", hex);
	printf("%*s", 18 - column, "");
}

int main(void)
{
	char line[512], target[16], when[16], hex[64];
	unsigned long ip;

	while (fgets(line, sizeof(line), stdin)) {
		if (sscanf(line, "bytes %15s %15s %lx %63s", target, when, &ip,
			   hex) != 4) {
			fputs(line, stdout);
			continue;
		}
		put_line(when, ip, hex);
		decode(target, ip, hex);
		putchar('\n');
	}
	return 0;
}

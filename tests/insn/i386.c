/* SPDX-License-Identifier: MIT */
/* i386's encoders against what Capstone reads in their output. */
#include <capstone/capstone.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "../../arch/i386/insn.h"

#define ROUNDS 2000

static csh capstone;
static unsigned long passed, failed;

/* All @len bytes at @pc must read as @want: mnemonic, a blank, operands. */
static void expect(const void *insn, size_t len, uint32_t pc, const char *want)
{
	char got[256] = "undefined";
	cs_insn *read;
	size_t n = cs_disasm(capstone, insn, len, pc, 1, &read);
	int whole = 0;

	if (n) {
		snprintf(got, sizeof(got), "%s%s%s", read->mnemonic,
			 *read->op_str ? " " : "", read->op_str);
		whole = read->size == len;
		cs_free(read, n);
	}
	if (whole && !strcmp(got, want)) {
		passed++;
		return;
	}
	failed++;
	printf("%s%s, not %s\n", got, whole ? "" : " and more", want);
}

/* Any of 32 bits; its ends and what is near them now and then. */
static uint32_t any(void)
{
	static uint64_t x = 88172645463325252ULL;

	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	switch (x % 16) {
	case 0:
		return (uint32_t)(x >> 32) % 8;
	case 1:
		return ~((uint32_t)(x >> 32) % 8);
	default:
		return (uint32_t)(x >> 32);
	}
}

/* As Capstone writes a number: in decimal up to nine. */
static const char *number(uint32_t v)
{
	static char text[16];

	snprintf(text, sizeof(text), v > 9 ? "0x%" PRIx32 : "%" PRIu32, v);
	return text;
}

static void fixed(void)
{
	unsigned char head[2];

	expect(I386_INSN_ENDBR32, 4, 0, "endbr32");
	expect(I386_INSN_NOP5, 5, 0, "nop dword ptr [eax + eax]");
	expect(I386_INSN_NOP5_CLANG, 5, 0, "nop dword ptr [eax + eax + 8]");
	expect(I386_INSN_NOP5_DATA16, 5, 0, "nop");
	expect(I386_INSN_NOP5_JMP, 2, 0x1000, "jmp 0x1005");
	expect(I386_INSN_NOP1X5, 1, 0, "nop");
	expect(I386_INSN_NOP212, 2, 0, "nop");
	expect(I386_INSN_NOP212 + 2, 2, 0, "nop");
	expect(I386_INSN_NOP212 + 4, 1, 0, "nop");
	i386_insn_jmp_over_tail(head);
	expect(head, sizeof(head), 0x1000, "jmp 0x1005");
}

static void any_operands(void)
{
	uint32_t pc = any(), to = any();
	unsigned char b[8];
	uint64_t insn;
	char want[64];

	/* From anywhere to anywhere. */
	insn = i386_insn_call(pc, to);
	memcpy(b, &insn, 8);
	snprintf(want, sizeof(want), "call %s", number(to));
	expect(b, 5, pc, want);
	if (i386_insn_call_target(b, pc) == to) {
		passed++;
	} else {
		failed++;
		printf("the target of call %s is read wrong\n", number(to));
	}
	i386_insn_return(b, to);
	snprintf(want, sizeof(want), "mov eax, %s", number(to));
	expect(b, 5, pc, want);
	expect(b + 5, 1, pc, "ret");
	i386_insn_push(b, to);
	snprintf(want, sizeof(want), "push %s", number(to));
	expect(b, 5, pc, want);
	i386_insn_jmp_mem(b, to);
	snprintf(want, sizeof(want), "jmp dword ptr [%s]", number(to));
	expect(b, 6, pc, want);
}

int main(void)
{
	int i;

	if (cs_open(CS_ARCH_X86, CS_MODE_32, &capstone)) {
		printf("Capstone does not read i386\n");
		return EXIT_FAILURE;
	}
	fixed();
	for (i = 0; i < ROUNDS; i++)
		any_operands();
	cs_close(&capstone);
	printf("%lu passed, %lu failed\n", passed, failed);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

/* SPDX-License-Identifier: MIT */
/* x86_64's encoders against what Capstone reads in their output. */
#include <capstone/capstone.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../arch/x86_64/insn.h"

#define ROUNDS 2000

static csh capstone;
static unsigned long passed, failed;

/* All @len bytes at @pc must read as @want: mnemonic, a blank, operands. */
static void expect(const void *insn, size_t len, uint64_t pc, const char *want)
{
	char got[256] = "undefined";
	cs_insn *read;
	size_t n = cs_disasm(capstone, insn, len, pc, 1, &read);
	bool whole = false;

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

static void expect_true(bool right, const char *what, uint64_t a, uint64_t b)
{
	if (right) {
		passed++;
		return;
	}
	failed++;
	printf("%s: wrong for %" PRIx64 ", %" PRIx64 "\n", what, a, b);
}

static uint64_t any(void)
{
	static uint64_t x = 88172645463325252ULL;

	x ^= x << 13;
	x ^= x >> 7;
	return x ^= x << 17;
}

/* What rel32 can hold, its ends now and then. */
static int64_t rel32(void)
{
	switch (any() % 16) {
	case 0:
		return INT32_MIN;
	case 1:
		return INT32_MAX;
	case 2:
		return 0;
	default:
		return (int32_t)any() >> any() % 32;
	}
}

/* "rip", "r11": a displacement as Capstone writes it. */
static void displaced(char *out, size_t size, const char *base, int64_t disp)
{
	uint64_t size_of = disp < 0 ? -(uint64_t)disp : (uint64_t)disp;

	if (!disp)
		snprintf(out, size, "[%s]", base);
	else
		snprintf(out, size, size_of > 9 ? "[%s %c 0x%" PRIx64 "]" :
						  "[%s %c %" PRIx64 "]",
			 base, disp < 0 ? '-' : '+', size_of);
}

static void fixed(void)
{
	unsigned char head[2], ret[8];

	expect(X86_64_INSN_ENDBR64, 4, 0, "endbr64");
	expect(X86_64_INSN_NOP5, 5, 0, "nop dword ptr [rax + rax]");
	expect(X86_64_INSN_NOP5_CLANG, 5, 0, "nop dword ptr [rax + rax + 8]");
	expect(X86_64_INSN_NOP1X5, 1, 0, "nop");
	expect("\x67" X86_64_INSN_NOP5, 6, 0, "nop dword ptr [eax + eax]");
	x86_64_insn_return(ret, 2);
	expect(ret, 5, 0, "mov eax, 2");
	expect(ret + 5, 1, 0, "ret");
	expect(ret + 6, 1, 0, "nop");
	x86_64_insn_jmp_over_tail(head);
	expect(head, sizeof(head), 0x1000, "jmp 0x1005");
}

static void any_operands(void)
{
	/* Above the reach: Capstone signs a negative address by itself. */
	uint64_t pc = (any() >> 20) + (1ULL << 32);
	int64_t rel = rel32();
	int8_t disp = (int8_t)(any() >> any() % 60);
	unsigned char b[8];
	char want[96], address[64];
	uint64_t call;

	call = x86_64_insn_call(pc, pc + 5 + rel);
	memcpy(b, &call, sizeof(b));
	snprintf(want, sizeof(want), "call 0x%" PRIx64, pc + 5 + rel);
	expect(b, 5, pc, want);
	call = x86_64_insn_jmp(pc, pc + 5 + rel);
	memcpy(b, &call, sizeof(b));
	snprintf(want, sizeof(want), "jmp 0x%" PRIx64, pc + 5 + rel);
	expect(b, 5, pc, want);
	x86_64_insn_store_r11(b, disp);
	displaced(address, sizeof(address), "rsp", disp);
	snprintf(want, sizeof(want), "mov qword ptr %s, r11", address);
	expect(b, 5, pc, want);
	x86_64_insn_lea_r11(b, pc, pc + 7 + rel);
	displaced(address, sizeof(address), "rip", rel);
	snprintf(want, sizeof(want), "lea r11, %s", address);
	expect(b, 7, pc, want);
	x86_64_insn_push_r11(b);
	expect(b, 2, pc, "push r11");
	x86_64_insn_jmp_r11(b, disp);
	displaced(address, sizeof(address), "r11", disp);
	snprintf(want, sizeof(want), "jmp qword ptr %s", address);
	expect(b, 4, pc, want);
	expect_true(x86_64_insn_rel32_fits(pc, pc + rel), "fits", pc, rel);
	expect_true(!x86_64_insn_rel32_fits(pc, pc + (1ULL << 31) +
							(any() >> 24)),
		    "fits, far above", pc, 0);
	expect_true(!x86_64_insn_rel32_fits(pc, pc - (1ULL << 31) - 1 -
							(any() >> 24)),
		    "fits, far below", pc, 0);
}

int main(void)
{
	int i;

	if (cs_open(CS_ARCH_X86, CS_MODE_64, &capstone)) {
		printf("Capstone does not read x86_64\n");
		return EXIT_FAILURE;
	}
	fixed();
	for (i = 0; i < ROUNDS; i++)
		any_operands();
	cs_close(&capstone);
	printf("%lu passed, %lu failed\n", passed, failed);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

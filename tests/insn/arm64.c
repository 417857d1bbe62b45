/* SPDX-License-Identifier: MIT */
/* arm64's encoders against what Capstone reads in their output. */
#include <capstone/capstone.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../arch/arm64/insn.h"

#define ROUNDS 2000

static csh capstone;
static unsigned long passed, failed;

/* @insn at @pc must read as @want: mnemonic, a blank, operands. */
static void expect(uint32_t insn, uint64_t pc, const char *want)
{
	char got[256] = "undefined";
	cs_insn *read;
	size_t n = cs_disasm(capstone, (const uint8_t *)&insn, sizeof(insn),
			     pc, 1, &read);

	if (n) {
		snprintf(got, sizeof(got), "%s%s%s", read->mnemonic,
			 *read->op_str ? " " : "", read->op_str);
		cs_free(read, n);
	}
	if (!strcmp(got, want)) {
		passed++;
		return;
	}
	failed++;
	printf("%08" PRIx32 ": %s, not %s\n", insn, got, want);
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

/* A multiple of @step in [-reach, reach), its ends now and then. */
static int64_t offset(int64_t reach, int64_t step)
{
	uint64_t r = any();

	switch (r % 16) {
	case 0:
		return -reach;
	case 1:
		return reach - step;
	case 2:
		return 0;
	default:
		return (int64_t)(any() % (uint64_t)(2 * reach)) / step * step -
		       reach;
	}
}

/* Register 31 is sp as a base and zero as a value. */
static const char *reg(unsigned int n, const char *last)
{
	static const char *const name[] = {
		"x0",  "x1",  "x2",  "x3",  "x4",  "x5",  "x6",	 "x7",
		"x8",  "x9",  "x10", "x11", "x12", "x13", "x14", "x15",
		"x16", "x17", "x18", "x19", "x20", "x21", "x22", "x23",
		"x24", "x25", "x26", "x27", "x28", "x29", "x30",
	};

	return n == 31 ? last : name[n];
}

static void fixed(void)
{
	expect(arm64_insn_nop(), 0, "nop");
	expect(arm64_insn_movz(0, 2), 0, "movz w0, #0x2");
	expect(arm64_insn_ret(), 0, "ret");
	expect(arm64_insn_bti_c(), 0, "hint #0x22");
	expect(arm64_insn_bti_jc(), 0, "hint #0x26");
}

static void branches(void)
{
	uint64_t pc = any() >> 16 & ~3ULL;
	int64_t rel = offset(1 << 27, 4);
	unsigned int n = any() % 31;
	char want[64];

	snprintf(want, sizeof(want), "bl #0x%" PRIx64, pc + rel);
	if (pc + rel)
		expect(arm64_insn_bl(pc, pc + rel), pc, want);
	expect_true(arm64_insn_is_bl(arm64_insn_bl(pc, pc + rel)), "is_bl", pc,
		    rel);
	expect_true(!arm64_insn_is_bl(0x14000000 | ((uint32_t)any() >> 6)),
		    "is_bl(b)", 0, 0);
	expect_true(arm64_insn_bl_fits(pc, pc + rel), "bl_fits", pc, rel);
	expect_true(!arm64_insn_bl_fits(pc, pc + rel + 1 + any() % 3),
		    "bl_fits, not a word", pc, rel);
	expect_true(!arm64_insn_bl_fits(pc, pc + (1 << 27) + (any() >> 32) * 4),
		    "bl_fits, far above", pc, rel);
	expect_true(!arm64_insn_bl_fits(pc,
					pc - (1 << 27) - 4 - (any() >> 32) * 4),
		    "bl_fits, far below", pc, rel);
	snprintf(want, sizeof(want), "br %s", reg(n, ""));
	expect(arm64_insn_br(n), pc, want);
}

static void others(void)
{
	/* Above the reach: Capstone signs a negative address by itself. */
	uint64_t pc = (any() >> 20) + (1 << 20);
	int64_t rel = offset(1 << 20, 1);
	unsigned int d = any() % 32, m = any() % 31, n = any() % 32;
	unsigned int off = any() % 4096 >> any() % 12 << 3;
	uint16_t imm = (uint16_t)any() >> any() % 16;
	char want[64];

	pc &= ~3ULL;
	snprintf(want, sizeof(want), "adr %s, #0x%" PRIx64, reg(d, "xzr"),
		 pc + rel);
	expect(arm64_insn_adr(d, pc, pc + rel), pc, want);
	snprintf(want, sizeof(want), "mov %s, %s", reg(d, "xzr"),
		 reg(m, "xzr"));
	expect(arm64_insn_mov(d, m), 0, want);
	snprintf(want, sizeof(want), off ? off > 9 ? "ldr %s, [%s, #0x%x]" :
					     "ldr %s, [%s, #%x]" :
					   "ldr %s, [%s]",
		 reg(d, "xzr"), reg(n, "sp"), off);
	expect(arm64_insn_ldr(d, n, off), 0, want);
	snprintf(want, sizeof(want), imm ? "brk #0x%x" : "brk #%x", imm);
	expect(arm64_insn_brk(imm), 0, want);
}

int main(void)
{
	int i;

	if (cs_open(CS_ARCH_ARM64, CS_MODE_LITTLE_ENDIAN, &capstone)) {
		printf("Capstone does not read arm64\n");
		return EXIT_FAILURE;
	}
	fixed();
	for (i = 0; i < ROUNDS; i++) {
		branches();
		others();
	}
	cs_close(&capstone);
	printf("%lu passed, %lu failed\n", passed, failed);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

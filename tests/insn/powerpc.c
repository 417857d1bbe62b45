/* SPDX-License-Identifier: MIT */
/* powerpc encoders against Capstone: native, on any host. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <capstone/capstone.h>

#include "../../arch/powerpc/insn.h"

#define ROUNDS 4000

static csh engine;
static unsigned long passed, failed;

static uint64_t random64(void)
{
	static uint64_t x = 0x9e3779b97f4a7c15u;

	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	return x;
}

/* A register, but 0, which some mnemonics read as the number. */
static unsigned int reg(void)
{
	return 1 + (unsigned int)(random64() % 31);
}

static void check(bool good, uint32_t insn, const char *got, const char *want)
{
	if (good) {
		passed++;
		return;
	}
	failed++;
	printf("%08" PRIx32 ": got \"%s\", want \"%s\"\n", insn, got, want);
}

/* Capstone's words for @insn at @addr, in either byte order, are @want. */
static void is(uint32_t insn, uint64_t addr, const char *want)
{
	char got[256] = "nothing";
	cs_insn *out;

	if (cs_disasm(engine, (const uint8_t *)&insn, 4, addr, 1, &out) == 1) {
		snprintf(got, sizeof(got), "%s%s%s", out->mnemonic,
			 *out->op_str ? " " : "", out->op_str);
		cs_free(out, 1);
	}
	check(!strcmp(got, want), insn, got, want);
}

static void signed_number(char *out, size_t size, long v)
{
	/* As Capstone prints it: decimal while one digit will do. */
	if (v > -10 && v < 10)
		snprintf(out, size, "%ld", v);
	else
		snprintf(out, size, "%s0x%lx", v < 0 ? "-" : "",
			 v < 0 ? -v : v);
}

static void test_fixed(void)
{
	is(POWERPC_INSN_NOP, 0, "nop");
	is(POWERPC_INSN_MFLR_R0, 0, "mflr r0");
	is(POWERPC_INSN_BCTR, 0, "bctr");
	is(POWERPC_INSN_BLR, 0, "blr");
	is(POWERPC_INSN_BLRL, 0, "blrl");
	is(POWERPC_INSN_MR_R0, 0, "mr r0, r0");
	is(powerpc_insn_li(3, 2), 0, "li r3, 2");
	is(POWERPC_INSN_TRAP, 0, "trap");
}

static void test_branch(void)
{
	uint64_t ip = 0x100000000u + (random64() & 0xffffffffcu);
	int32_t rel = (int32_t)(random64() << 6 >> 6) % 0x2000000 & ~3;
	uint64_t to = ip + (uint64_t)(int64_t)rel;
	uint32_t insn = powerpc_insn_bl(ip, to);
	char want[64];

	snprintf(want, sizeof(want), "bl 0x%" PRIx64, to);
	is(insn, ip, want);
	snprintf(want, sizeof(want), "b 0x%" PRIx64, to);
	is(powerpc_insn_b(ip, to), ip, want);
	check(powerpc_insn_is_bl(insn), insn, "not bl", "bl");
	check(powerpc_insn_bl_target(ip, insn) == to, insn, "elsewhere", "to");
	check(powerpc_insn_branch_fits(ip, to), insn, "far", "near");
	check(!powerpc_insn_is_bl(insn & ~1u), insn, "bl", "b");
	check(!powerpc_insn_is_bl(insn | 2), insn, "bl", "bla");
}

static void test_reach(void)
{
	const unsigned long ip = 0x7654321000;

	check(powerpc_insn_branch_fits(ip, ip - 0x2000000), 0, "far", "near");
	check(powerpc_insn_branch_fits(ip, ip + 0x1fffffc), 0, "far", "near");
	check(!powerpc_insn_branch_fits(ip, ip - 0x2000004), 0, "near", "far");
	check(!powerpc_insn_branch_fits(ip, ip + 0x2000000), 0, "near", "far");
	check(!powerpc_insn_branch_fits(ip, ip + 0x1fffffe), 0, "near", "odd");
	is(powerpc_insn_bl(ip, ip - 0x2000000), ip, "bl 0x7652321000");
	is(powerpc_insn_bl(ip, ip + 0x1fffffc), ip, "bl 0x7656320ffc");
}

static void test_immediate(void)
{
	unsigned int ra = reg(), rs = reg();
	uint16_t imm = (uint16_t)random64();
	char want[64], number[32];

	signed_number(number, sizeof(number), imm);
	snprintf(want, sizeof(want), "lis r%u, %s", ra, number);
	is(powerpc_insn_lis(ra, imm), 0, want);
	snprintf(want, sizeof(want), "ori r%u, r%u, %s", ra, rs, number);
	is(powerpc_insn_ori(ra, rs, imm), 0, want);
	snprintf(want, sizeof(want), "oris r%u, r%u, %s", ra, rs, number);
	is(powerpc_insn_oris(ra, rs, imm), 0, want);
}

static void test_shift(void)
{
	unsigned int ra = reg(), rs = reg();
	unsigned int n = 1 + (unsigned int)(random64() % 63);
	char want[64], number[32];

	signed_number(number, sizeof(number), n);
	snprintf(want, sizeof(want), "sldi r%u, r%u, %s", ra, rs, number);
	is(powerpc_insn_sldi(ra, rs, n), 0, want);
}

static void test_load(void)
{
	unsigned int rt = reg(), ra = reg();
	int16_t disp = (int16_t)(random64() & 0xfffc);
	char want[64], number[32];

	signed_number(number, sizeof(number), disp);
	snprintf(want, sizeof(want), "ld r%u, %s(r%u)", rt, number, ra);
	is(powerpc_insn_ld(rt, disp, ra), 0, want);
	disp = (int16_t)random64();
	signed_number(number, sizeof(number), disp);
	snprintf(want, sizeof(want), "lwz r%u, %s(r%u)", rt, number, ra);
	is(powerpc_insn_lwz(rt, disp, ra), 0, want);
	snprintf(want, sizeof(want), "mtctr r%u", rt);
	is(powerpc_insn_mtctr(rt), 0, want);
	snprintf(want, sizeof(want), "mtlr r%u", rt);
	is(powerpc_insn_mtlr(rt), 0, want);
}

static void test_store(void)
{
	unsigned int rs = reg(), ra = reg();
	int16_t disp = (int16_t)(random64() & 0xfffc);
	char want[64], number[32];

	signed_number(number, sizeof(number), disp);
	snprintf(want, sizeof(want), "std r%u, %s(r%u)", rs, number, ra);
	is(powerpc_insn_std(rs, disp, ra), 0, want);
	disp = (int16_t)random64();
	signed_number(number, sizeof(number), disp);
	snprintf(want, sizeof(want), "stw r%u, %s(r%u)", rs, number, ra);
	is(powerpc_insn_stw(rs, disp, ra), 0, want);
	snprintf(want, sizeof(want), "stwu r%u, %s(r%u)", rs, number, ra);
	is(powerpc_insn_stwu(rs, disp, ra), 0, want);
	signed_number(number, sizeof(number), (uint16_t)disp);
	snprintf(want, sizeof(want), "addi r%u, r%u, %s", rs, ra, number);
	is(powerpc_insn_addi(rs, ra, disp), 0, want);
}

/* What recognises the TOC set-up, by what Capstone calls the instructions. */
static void test_toc(void)
{
	static const struct {
		uint32_t insn[2];
		const char *words[2];
		bool toc;
	} t[] = {
		{ { 0x3c4c0002, 0x3842ff00 },
		  { "addis r2, r12, 2", "addi r2, r2, 0xff00" }, true },
		{ { 0x3c401002, 0x38427f00 },
		  { "lis r2, 0x1002", "addi r2, r2, 0x7f00" }, true },
		{ { 0xe84cfff8, 0x7c426214 },
		  { "ld r2, -8(r12)", "add r2, r2, r12" }, true },
		{ { 0x3c4c0002, 0x3862ff00 },
		  { "addis r2, r12, 2", "addi r3, r2, 0xff00" }, false },
		{ { 0x3c4b0002, 0x3842ff00 },
		  { "addis r2, r11, 2", "addi r2, r2, 0xff00" }, false },
		{ { 0xe84cfff8, 0x3842ff00 },
		  { "ld r2, -8(r12)", "addi r2, r2, 0xff00" }, false },
		{ { 0xe84cfff9, 0x7c426214 },
		  { "ldu r2, -8(r12)", "add r2, r2, r12" }, false },
		{ { 0x60000000, 0x60000000 }, { "nop", "nop" }, false },
	};
	size_t i;

	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		is(t[i].insn[0], 0, t[i].words[0]);
		is(t[i].insn[1], 0, t[i].words[1]);
		check(powerpc_insn_is_toc_setup(t[i].insn[0], t[i].insn[1]) ==
			      t[i].toc,
		      t[i].insn[0], "wrong", t[i].words[0]);
	}
}

/* Whatever the distance of the TOC is. */
static void test_toc_distance(void)
{
	const uint32_t hi = (uint16_t)random64(), lo = (uint16_t)random64();
	const uint32_t disp = lo & ~3u;

	check(powerpc_insn_is_toc_setup(0x3c4c0000 | hi, 0x38420000 | lo), hi,
	      "other", "addis r2, r12");
	check(powerpc_insn_is_toc_setup(0x3c400000 | hi, 0x38420000 | lo), hi,
	      "other", "lis r2");
	check(powerpc_insn_is_toc_setup(0xe84c0000 | disp, 0x7c426214), disp,
	      "other", "ld r2");
}

int main(void)
{
	/* Instructions are numbers here: Capstone gets the host's order. */
	const uint16_t one = 1;
	const cs_mode order = *(const uint8_t *)&one ? CS_MODE_LITTLE_ENDIAN :
						      CS_MODE_BIG_ENDIAN;
	int i;

	if (cs_open(CS_ARCH_PPC, (cs_mode)(CS_MODE_64 | order), &engine))
		return 2;
	test_fixed();
	test_reach();
	test_toc();
	for (i = 0; i < ROUNDS; i++) {
		test_branch();
		test_immediate();
		test_shift();
		test_load();
		test_store();
		test_toc_distance();
	}
	cs_close(&engine);
	printf("%lu passed, %lu failed\n", passed, failed);
	return failed != 0;
}

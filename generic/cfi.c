/* SPDX-License-Identifier: MIT */
/* Call frame information for a page of thunks. */
#include "internal.h"

/*
 * The .eh_frame of one thunk page: a CIE with what holds in all of a thunk, or
 * where it begins and ends; an FDE for the page, and the terminator. Native
 * words, absolute addresses.
 */
struct cfi {
	unsigned char *at;
	size_t n;
};

static void cfi_byte(struct cfi *c, unsigned int v)
{
	c->at[c->n++] = (unsigned char)v;
}

static void cfi_raw(struct cfi *c, const void *p, size_t n)
{
	memcpy(c->at + c->n, p, n);
	c->n += n;
}

static void cfi_sleb(struct cfi *c, long v)
{
	/* Factors and columns are small: at most two bytes. */
	if (v >= -64 && v < 64) {
		cfi_byte(c, v & 0x7f);
		return;
	}
	cfi_byte(c, (v & 0x7f) | 0x80);
	cfi_byte(c, (v >> 7) & 0x7f);
}

static void cfi_uleb(struct cfi *c, unsigned long v)
{
	if (v >= 128) {
		cfi_byte(c, (v & 0x7f) | 0x80);
		v >>= 7;
	}
	cfi_byte(c, (unsigned int)v);
}

/* Pad with DW_CFA_nop and put the length in front. */
static void cfi_close(struct cfi *c, size_t start)
{
	uint32_t len;

	while ((c->n - start) % sizeof(long))
		cfi_byte(c, 0);
	len = (uint32_t)(c->n - start - 4);
	memcpy(c->at + start, &len, 4);
}

/* DW_CFA_val_expression: the frame returns behind @ip, whatever registers say. */
static void cfi_site(struct cfi *c, unsigned long ip)
{
	ip += MCOUNT_INSN_SIZE;
	cfi_byte(c, 0x16);
	cfi_uleb(c, FTRACE_CFI_RETURN_COLUMN);
	cfi_uleb(c, 1 + sizeof(ip));
	cfi_byte(c, 0x03);			/* DW_OP_addr */
	cfi_raw(c, &ip, sizeof(ip));
}

/* @rows: of each thunk, or none where the initial rules hold throughout */
size_t ftrace_cfi_build(unsigned char *buf, unsigned long code, size_t size,
			const struct ftrace_cfi_rows *rows)
{
	static const unsigned char initial[] = { FTRACE_CFI_INITIAL };
	static const char augmentation[] = FTRACE_CFI_AUGMENTATION;
	struct cfi c = { buf, 4 };
	uint32_t zero = 0, back;
	unsigned long len = size;
	unsigned int i;
	size_t fde;

	cfi_raw(&c, &zero, 4);			/* CIE id */
	cfi_byte(&c, 1);			/* version */
	cfi_raw(&c, augmentation, sizeof(augmentation));
	cfi_uleb(&c, FTRACE_CFI_CODE_ALIGN);
	cfi_sleb(&c, FTRACE_CFI_DATA_ALIGN);
	cfi_byte(&c, FTRACE_CFI_RETURN_COLUMN);
	cfi_uleb(&c, 1);			/* augmentation data: */
	cfi_byte(&c, 0);			/* DW_EH_PE_absptr */
	cfi_raw(&c, initial, sizeof(initial));
	cfi_close(&c, 0);

	fde = c.n;
	c.n += 4;
	back = (uint32_t)c.n;
	cfi_raw(&c, &back, 4);			/* to the CIE */
	cfi_raw(&c, &code, sizeof(code));
	cfi_raw(&c, &len, sizeof(len));
	cfi_uleb(&c, 0);
	for (i = 0; i < rows->nr; i++) {
		if (rows->rec)
			cfi_site(&c, rows->rec[i].ip);
		cfi_raw(&c, rows->rule, rows->size);
	}
	cfi_close(&c, fde);
	cfi_raw(&c, &zero, 4);
	return c.n;
}

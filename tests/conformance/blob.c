/* SPDX-License-Identifier: MIT */
/* Generated code with sites: a traced function, copied as it was compiled. */
#include <string.h>
#include <sys/mman.h>

#include "blob.h"

#define PAGE 4096UL
/* It is small, and uses nothing but its argument. */
#define SIZE 64

static unsigned char compiled[SIZE];

void blob_save(void)
{
	uint32_t insn;

	memcpy(compiled, (const void *)ftrace_code((const void *)traced_one),
	       SIZE);
	memcpy(&insn, compiled + SITE_LEAD, sizeof(insn));
	insn = SITE_COPY(insn);
	memcpy(compiled + SITE_LEAD, &insn, sizeof(insn));
}

/* What a function pointer is made of, where it is not just an address. */
#define DESCRIPTOR 4
static unsigned long descriptor[1024][DESCRIPTOR];
static unsigned int nr_descriptors;

traced_fn *blob_pointer(unsigned long code)
{
	unsigned long *d = descriptor[nr_descriptors];

	if (CODE(traced_one) == (unsigned long)traced_one)
		return (traced_fn *)code;
	nr_descriptors++;
	memcpy(d, (const void *)traced_one, 3 * sizeof(*d));
	d[0] = code;
	return (traced_fn *)(void *)d;
}

bool blob_make(struct blob *b, unsigned int nr)
{
	unsigned char *p = mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
				MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	unsigned int i;

	if (p == MAP_FAILED || nr > BLOB_MAX)
		return false;
	memset(b, 0, sizeof(*b));
	for (i = 0; i < nr; i++) {
		memcpy(p + i * SIZE, compiled, SIZE);
		b->fn[i] = blob_pointer((unsigned long)p + i * SIZE);
	}
	b->nr = nr;
	b->page = p;
	b->mod.name = "blob";
	b->mod.text = (unsigned long)p;
	b->mod.text_end = b->mod.text + PAGE;
	__builtin___clear_cache((char *)p, (char *)p + PAGE);
	return !mprotect(p, PAGE, PROT_READ | PROT_EXEC);
}

/*
 * Some compilers record the first of a site's instructions, some the last: of
 * the two one is no site, or they are the same.
 */
int blob_init(struct blob *b)
{
	unsigned long ip = ftrace_location(CODE(traced_one));
	unsigned long site[2 * BLOB_MAX];
	unsigned int i;
	int err;

	for (i = 0; i < b->nr; i++) {
		site[2 * i] = CODE(b->fn[i]) + ip - CODE(traced_one);
		site[2 * i + 1] = site[2 * i] - SITE_LEAD;
	}
	b->mod.sites = site;
	b->mod.nr_sites = 2 * b->nr;
	b->mod.flags = b->running ? 0 : FTRACE_MODULE_FRESH;
	err = ftrace_module_init(&b->mod);
	b->mod.sites = NULL;
	return err;
}

int blob_add(struct blob *b)
{
	int err = blob_init(b);

	return err ? err : ftrace_module_enable(&b->mod);
}

void blob_write(struct blob *b, unsigned long ip, const unsigned char *bytes)
{
	mprotect(b->page, PAGE, PROT_READ | PROT_WRITE | PROT_EXEC);
	memcpy((void *)ip, bytes, MCOUNT_INSN_SIZE);
	mprotect(b->page, PAGE, PROT_READ | PROT_EXEC);
	__builtin___clear_cache((char *)ip, (char *)ip + MCOUNT_INSN_SIZE);
}

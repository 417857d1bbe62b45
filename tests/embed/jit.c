/* SPDX-License-Identifier: MIT */
/* The JIT and its host: code memory, compiling, modules that come and go. */
#include <errno.h>
#include <stdbool.h>
#include <sys/mman.h>
#include <unistd.h>

#include "jit.h"

#include "emit.h"

/*
 * The same pages twice: at @rx code is executed and never writable, at @rw it
 * is written and never executable. A page for each slot, and one before them
 * for direct functions.
 */
static struct {
	unsigned char *rx, *rw;
	size_t page, size;
	int fd;
	bool remap;
} mem;

unsigned long jit_windows;

static struct ftrace_host_ops host;
static const struct ftrace_host_ops *below;

static bool ours(unsigned long addr)
{
	return addr - (unsigned long)mem.rx < mem.size;
}

/*
 * Data and instructions of two mappings are one memory to every CPU after the
 * usual maintenance. Some emulators miss stores by the other mapping; mapping
 * it anew, in one step, tells them.
 */
static void flush_icache(unsigned long start, unsigned long end)
{
	unsigned long from = start & ~(mem.page - 1);

	below->flush_icache(start, end);
	if (mem.remap && ours(start))
		mmap((void *)from, end - from, PROT_READ | PROT_EXEC,
		     MAP_SHARED | MAP_FIXED, mem.fd,
		     (off_t)(from - (unsigned long)mem.rx));
}

static int text_close(struct ftrace_window *w, unsigned int n)
{
	int err = 0;

	while (n--)
		if (!ours(w[n].start) && below->text_close(&w[n], 1))
			err = -EPERM;
	return err;
}

/* Its own code has another mapping to be stored at; C code is opened below. */
static int text_open(struct ftrace_window *w, unsigned int n)
{
	unsigned int i;

	for (i = 0; i < n; i++) {
		if (ours(w[i].start)) {
			w[i].alias = mem.rw - mem.rx;
			jit_windows++;
		} else if (below->text_open(&w[i], 1)) {
			text_close(w, i);
			return -EPERM;
		}
	}
	return 0;
}

/* Is a second version of the same code executed, or still the first? */
static bool emulator_is_stale(void)
{
	unsigned long start = (unsigned long)mem.rx;
	int arg;
	long got = 0;

	for (arg = 1; arg <= 2; arg++) {
		emit_end(emit_add(emit_begin(mem.rw), arg));
		flush_icache(start, start + 64);
		got = ((jit_fn *)start)(0);
	}
	return got != 2;
}

int jit_init(void)
{
	mem.page = (size_t)sysconf(_SC_PAGESIZE);
	mem.size = (1 + JIT_SLOTS) * mem.page;
	mem.fd = memfd_create("jit", MFD_CLOEXEC);
	if (mem.fd < 0 || ftruncate(mem.fd, (off_t)mem.size))
		return -errno;
	mem.rx = mmap(NULL, mem.size, PROT_READ | PROT_EXEC, MAP_SHARED,
		      mem.fd, 0);
	mem.rw = mmap(NULL, mem.size, PROT_READ | PROT_WRITE, MAP_SHARED,
		      mem.fd, 0);
	if (mem.rx == MAP_FAILED || mem.rw == MAP_FAILED)
		return -errno;
	below = ftrace_linux_host();
	host = *below;
	host.text_open = text_open;
	host.text_close = text_close;
	host.flush_icache = flush_icache;
	/* The system stores into private pages only. */
	host.text_poke = NULL;
	mem.remap = emulator_is_stale();
	return ftrace_set_host(&host);
}

/* A function behind @p; @at holds where each instruction is, or will be. */
static unsigned char *compile(unsigned char *p, const struct jit_insn *code,
			      unsigned char **at, unsigned char *const *fn)
{
	unsigned int i = 0;

	p = emit_begin(p);
	do {
		at[i] = p;
		switch (code[i].op) {
		case JIT_ADD:
			p = emit_add(p, code[i].arg);
			break;
		case JIT_MUL:
			p = emit_mul(p, code[i].arg);
			break;
		case JIT_JZ:
			p = emit_jz(p, at[i + 1 + (unsigned int)code[i].arg]);
			break;
		case JIT_CALL:
			p = emit_call(p, fn[code[i].arg]);
			break;
		case JIT_RET:
			p = emit_end(p);
			break;
		}
	} while (code[i++].op != JIT_RET);
	return p;
}

/* Twice: only then is it known where what comes later lies. */
static void compile_all(unsigned char *to, const struct jit_insn code[][JIT_INSNS],
			unsigned int nr, unsigned char **fn)
{
	unsigned char *at[JIT_FUNCTIONS][JIT_INSNS] = { { to } };
	unsigned int pass, i;
	unsigned char *p;

	for (pass = 0; pass < 2; pass++) {
		for (p = to, i = 0; i < nr; i++) {
			/* Aligned, so that a site is changed by one store. */
			p += -(unsigned long)p & 15;
			fn[i] = p;
			p = compile(p, code[i], at[i], fn);
		}
	}
}

int jit_load(struct jit_unit *u, unsigned int slot,
	     const struct jit_insn code[][JIT_INSNS], unsigned int nr)
{
	unsigned char *rx = mem.rx + (1 + slot) * mem.page, *fn[JIT_FUNCTIONS];
	unsigned long site[JIT_FUNCTIONS];
	unsigned int i;
	int err;

	compile_all(rx - mem.rx + mem.rw, code, nr, fn);
	*u = (struct jit_unit){ .slot = slot, .nr = nr };
	for (i = 0; i < nr; i++) {
		site[i] = (unsigned long)(fn[i] - mem.rw + mem.rx);
		u->fn[i] = (jit_fn *)site[i];
	}
	flush_icache((unsigned long)rx, (unsigned long)rx + mem.page);
	/* FRESH: nobody runs it before this returns. */
	u->mod = (struct ftrace_module){
		.name = "jit", .flags = FTRACE_MODULE_FRESH,
		.text = (unsigned long)rx, .text_end = (unsigned long)rx + mem.page,
		.sites = site, .nr_sites = nr,
	};
	err = ftrace_module_init(&u->mod);
	u->mod.sites = NULL;
	if (!err)
		err = ftrace_module_enable(&u->mod);
	/* Others may have met other code here, and a site in their pipelines. */
	return err ? err : host.sync_core();
}

/* Nobody may be in its code, nor in a direct function that it has. */
int jit_unload(struct jit_unit *u)
{
	unsigned long start = u->mod.text;
	int err = ftrace_release_mod(&u->mod);

	memset((void *)(start + (unsigned long)(mem.rw - mem.rx)), EMIT_TRAP,
	       mem.page);
	flush_icache(start, start + mem.page);
	return err;
}

unsigned int jit_slot(unsigned long ip)
{
	return (unsigned int)((ip - (unsigned long)mem.rx) / mem.page) - 1;
}

/* A direct function, made here: it counts. @nr: its place. */
unsigned long jit_counter(unsigned int nr, const unsigned long *counter)
{
	unsigned long rx = (unsigned long)mem.rx + 64 * nr;

	emit_counter(mem.rw + 64 * nr, counter);
	flush_icache(rx, rx + 64);
	return rx;
}

/* SPDX-License-Identifier: MIT */
/* Calls a traced function three times, and says which addresses to look for. */
#include <stdio.h>
#include <string.h>

#include <ftrace/asm/ftrace.h>
#include <ftrace/ftrace.h>

long traced(long x);
extern const char __start_callback_text[], __stop_callback_text[];

/* Of a section of its own: what runs there is not the library's. */
__attribute__((section("callback_text"))) static void
callback(unsigned long ip, unsigned long parent_ip, struct ftrace_ops *op,
	 struct ftrace_regs *fregs)
{
	(void)ip;
	(void)parent_ip;
	(void)op;
	(void)fregs;
}

int main(int argc, char **argv)
{
	static struct ftrace_ops ops = { .func = callback };
	unsigned long site = ftrace_location(ftrace_code((void *)traced));
	int i, err;

	if (argc > 1 && !strcmp(argv[1], "regs"))
		ops.flags = FTRACE_OPS_FL_SAVE_REGS;
	err = ftrace_set_filter_ip(&ops, site, 0, 1);
	if (!err)
		err = register_ftrace_function(&ops);
	/* As wide as in qemu's log or wider: they are compared as words. */
	printf("site=%016lx back=%016lx from=%016lx to=%016lx\n", site,
	       site + MCOUNT_INSN_SIZE, (unsigned long)__start_callback_text,
	       (unsigned long)__stop_callback_text);
	fflush(stdout);
	/* The first gives the thread its block; the last one is counted. */
	for (i = 0; i < 3; i++)
		if (traced(i) != i + 1)
			return 1;
	return err != 0;
}

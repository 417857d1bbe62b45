/* SPDX-License-Identifier: MIT */
/* A function is replaced by another while the program runs, and put back. */
#include "sample.h"

struct answer {
	long sum, product;
	double mean;
};

/* Arguments on the stack, and a result that is a struct. */
typedef struct answer compute_fn(long, long, long, long, long, long, long, long,
				 long, long);

static TRACED struct answer compute(long a, long b, long c, long d, long e, long f,
			     long g, long h, long i, long j)
{
	/* The bug that the patch is for: j is forgotten. */
	(void)j;
	return (struct answer){ a + b + c + d + e + f + g + h + i, a * b * c,
				(double)(a + b + c + d + e + f + g + h + i) /
					10 };
}

static __attribute__((noipa)) notrace struct answer
compute_fixed(long a, long b, long c, long d, long e, long f, long g, long h,
	      long i, long j)
{
	return (struct answer){ a + b + c + d + e + f + g + h + i + j,
				a * b * c, (double)(a + b + c + d + e + f + g +
						    h + i + j) / 10 };
}

static notrace void redirect(unsigned long ip, unsigned long parent_ip,
			     struct ftrace_ops *op, struct ftrace_regs *fregs)
{
	(void)ip;
	(void)parent_ip;
	ftrace_regs_set_instruction_pointer(fregs, *(unsigned long *)op->priv);
}

static notrace void show(const char *when)
{
	struct answer a = compute(1, 2, 3, 4, 5, 6, 7, 8, 9, 10);

	printf("%s: sum %ld, product %ld, mean %.1f\n", when, a.sum, a.product,
	       a.mean);
}

notrace int main(void)
{
	unsigned long to = CODE(compute_fixed);
	struct ftrace_ops ops = {
		.func = redirect,
		.flags = FTRACE_OPS_FL_IPMODIFY,
		.priv = &to,
	};

	show("before");
	check(ftrace_set_filter_ip(&ops, CODE(compute), 0, 1));
	check(register_ftrace_function(&ops));
	show("patched");
	check(unregister_ftrace_function(&ops));
	ftrace_free_filter(&ops);
	show("after");
	return 0;
}

/* SPDX-License-Identifier: MIT */
/*
 * Fuzzing the order of calls, beside a model that says what each returns and
 * who is called afterwards. The input is text: a letter for each call, digits
 * for its arguments. A small letter has two digits more: in the host's n-th
 * next call of one service it fails, and then all must be as it was, and the
 * same call succeed.
 */
#include <ftrace/graph.h>
#include <ftrace/switch.h>

#include "fuzz.h"
#include "model.h"

static struct fake_text text[MODS];
static struct probe client[CLIENTS];
static struct fgraph_ops graph;		/* client[GRAPH]'s */
static unsigned int returns;
static struct model now;
static bool gone[CLIENTS];	/* released, by a call that does not wait */
static unsigned long flags[MODS];

static const unsigned long direct_code[DIRECTS + 1] = {
	0, (unsigned long)fake_direct_a, (unsigned long)fake_direct_b,
};

/* One call: what it is given, what it does, and what the model says of it. */
struct call {
	unsigned int a, b, c, d;
	int (*run)(const struct call *x);
	int (*predict)(struct model *m, const struct call *x);
};

static struct fake_text *text_of(unsigned int site)
{
	return &text[site / FUNCS];
}

static unsigned long ip_of(unsigned int site)
{
	return fake_fn(text_of(site), site % FUNCS);
}

static struct ftrace_ops *ops_of(unsigned int c)
{
	return c == GRAPH ? &graph.ops : &client[c].ops;
}

static int entered(struct ftrace_graph_ent *ent, struct fgraph_ops *gops,
		   struct ftrace_regs *fregs)
{
	(void)ent;
	(void)gops;
	(void)fregs;
	fake_order[fake_nr_order++] = &client[GRAPH];
	return 1;
}

static void back(struct ftrace_graph_ret *ret, struct fgraph_ops *gops,
		 struct ftrace_regs *fregs)
{
	(void)ret;
	(void)gops;
	(void)fregs;
	returns++;
}

static int run_load(const struct call *x)
{
	return text_init(&text[x->a], flags[x->a]);
}

static int predict_load(struct model *m, const struct call *x)
{
	return model_load(m, x->a);
}

static int run_enable(const struct call *x)
{
	return ftrace_module_enable(&text[x->a].mod);
}

static int predict_enable(struct model *m, const struct call *x)
{
	return model_enable(m, x->a);
}

static int run_unload(const struct call *x)
{
	int err = ftrace_release_mod(&text[x->a].mod);

	if (!err)
		text_stop(&text[x->a]);
	return err;
}

static int predict_unload(struct model *m, const struct call *x)
{
	return model_unload(m, x->a);
}

static int run_register(const struct call *x)
{
	return x->a == GRAPH ? register_ftrace_graph(&graph) :
			       register_ftrace_function(&client[x->a].ops);
}

static int predict_register(struct model *m, const struct call *x)
{
	return model_register(m, x->a);
}

static void released(struct ftrace_ops *ops)
{
	gone[ops == &graph.ops ? GRAPH : (struct probe *)ops - client] = true;
}

static int run_unregister(const struct call *x)
{
	struct ftrace_ops *ops = ops_of(x->a);
	int err;

	if (x->b % 3 == 0)
		return x->a == GRAPH ? unregister_ftrace_graph(&graph) :
				       unregister_ftrace_function(ops);
	if (x->b % 3 == 1)
		return unregister_ftrace_function_timeout(ops, 10);
	gone[x->a] = false;
	err = unregister_ftrace_function_async(ops, released);
	if (!err)
		err = ftrace_synchronize();
	if (!err)
		ck_assert(gone[x->a]);
	return err;
}

static int predict_unregister(struct model *m, const struct call *x)
{
	return model_unregister(m, x->a);
}

static int run_line(const struct call *x)
{
	char line[40];
	const char *bang = x->c & 1 ? "!" : "";
	int reset = x->c >> 1 & 1;
	int n = 0;

	if (x->b < model_nr_lines)
		n = snprintf(line, sizeof(line), "%s%s", bang,
			     model_lines[x->b].text);
	else
		reset = 1;
	if (x->a == GLOBAL)
		return x->d ? ftrace_set_global_notrace(line, n, reset) :
			      ftrace_set_global_filter(line, n, reset);
	return x->d ? ftrace_set_notrace(ops_of(x->a), line, n, reset) :
		      ftrace_set_filter(ops_of(x->a), line, n, reset);
}

static int predict_line(struct model *m, const struct call *x)
{
	return model_filter(m, x->a, x->d, x->b, x->c & 1,
			    (x->c >> 1 & 1) || x->b >= model_nr_lines);
}

static int run_ips(const struct call *x)
{
	unsigned long ip[4];
	unsigned int i;

	for (i = 0; i < x->c; i++)
		ip[i] = ip_of((x->b + i) % SITES);
	return ftrace_set_filter_ips(ops_of(x->a), ip, x->c, x->d & 1,
				     x->d >> 1);
}

static int predict_ips(struct model *m, const struct call *x)
{
	return model_ips(m, x->a, x->b, x->c, x->d & 1, x->d >> 1);
}

static int run_free(const struct call *x)
{
	ftrace_free_filter(ops_of(x->a));
	return 0;
}

static int predict_free(struct model *m, const struct call *x)
{
	model_free(m, x->a);
	return 0;
}

static int run_direct(const struct call *x)
{
	unsigned long ip = ip_of(x->a);

	if (!x->b)
		return register_ftrace_direct(ip, direct_code[x->c]);
	if (!x->c)
		return unregister_ftrace_direct(ip, direct_code[x->b]);
	return modify_ftrace_direct(ip, direct_code[x->b], direct_code[x->c]);
}

static int predict_direct(struct model *m, const struct call *x)
{
	return !x->b && !x->c ? -EINVAL : model_direct(m, x->a, x->b, x->c);
}

static int run_multi(const struct call *x)
{
	struct ftrace_ops *ops = &client[MULTI].ops;

	if (!x->a)
		return register_ftrace_direct_multi(ops, direct_code[x->b]);
	if (!x->b)
		return unregister_ftrace_direct_multi(ops, direct_code[x->a]);
	return modify_ftrace_direct_multi(ops, direct_code[x->b]);
}

static int predict_multi(struct model *m, const struct call *x)
{
	return !x->a && !x->b ? -EINVAL : model_multi(m, x->a, x->b);
}

static int run_turn(const struct call *x)
{
	return ftrace_enable(x->a);
}

static int predict_turn(struct model *m, const struct call *x)
{
	return model_turn(m, x->a);
}

/* Rarely, as it is the end of most. */
#define KILL 5

static int run_kill(const struct call *x)
{
	if (x->a == KILL)
		ftrace_kill();
	return 0;
}

static int predict_kill(struct model *m, const struct call *x)
{
	if (x->a == KILL)
		model_kill(m);
	return 0;
}

static bool no_poke;	/* though it went well at the trial */

static int poke(const struct ftrace_poke *p, unsigned int n)
{
	return no_poke ? -EPERM : fake_text_poke(p, n);
}

/* Whether the process has one thread, and text is poked where it can be. */
static int run_host(const struct call *x)
{
	fake.alone = x->a & 1;
	no_poke = !(x->a & 2);
	return 0;
}

static int predict_host(struct model *m, const struct call *x)
{
	(void)m;
	(void)x;
	return 0;
}

/* The letters; what a digit of each may be is here, too. */
static const struct {
	unsigned int a, b, c, d;
	int (*run)(const struct call *x);
	int (*predict)(struct model *m, const struct call *x);
} calls[] = {
	/* A */ { 4, 1, 1, 1, run_host, predict_host },
	/* B */ { MODS, 1, 1, 1, run_load, predict_load },
	/* C */ { MODS, 1, 1, 1, run_enable, predict_enable },
	/* D */ { MODS, 1, 1, 1, run_unload, predict_unload },
	/* E */ { CLIENTS, 1, 1, 1, run_register, predict_register },
	/* F */ { CLIENTS, 3, 1, 1, run_unregister, predict_unregister },
	/* G */ { CLIENTS + 1, 16, 4, 2, run_line, predict_line },
	/* H */ { CLIENTS, SITES, 4, 4, run_ips, predict_ips },
	/* I */ { CLIENTS, 1, 1, 1, run_free, predict_free },
	/* J */ { SITES, DIRECTS + 1, DIRECTS + 1, 1, run_direct,
		  predict_direct },
	/* K */ { DIRECTS + 1, DIRECTS + 1, 1, 1, run_multi, predict_multi },
	/* L */ { 2, 1, 1, 1, run_turn, predict_turn },
	/* M */ { 16, 1, 1, 1, run_kill, predict_kill },
};

#define NR_CALLS (sizeof(calls) / sizeof(calls[0]))

/* Sites have two digits. */
static unsigned int number(struct input *in, unsigned int below)
{
	unsigned int v;

	if (below <= 1)
		return 0;
	v = digit(in, 16);
	if (below > 16)
		v = v * 10 + digit(in, 10);
	return v % below;
}

/* As fake_call(), and back to the caller. */
static void call_site(unsigned int site)
{
	struct pt_regs cpu = { .parent = FAKE_PARENT, .sp = 0x5000 };
	unsigned long at = fake_site(text_of(site), site % FUNCS), to;

	do {
		to = fake_run(ip_of(site), &cpu);
	} while (to == at);
	ck_assert_uint_eq(to, at + FAKE_INSN_SIZE);
	ck_assert_uint_eq(fake_leave(&cpu), FAKE_PARENT);
}

static void one_site(unsigned int site)
{
	struct fake_text *t = text_of(site);
	unsigned int c, called = 0, last = ~0u;
	unsigned int direct = model_direct_at(&now, site);
	unsigned long hits = fake_direct_hits[0] + fake_direct_hits[1];
	const struct probe *who;

	ck_assert_uint_eq(ftrace_rec_count(fake_rec(t, site % FUNCS)),
			  model_count(&now, site));
	ck_assert_int_eq(fake_is(t, site % FUNCS, "NOP "),
			 !model_is_call(&now, site));
	ck_assert_uint_eq(ftrace_find_rec_direct(ip_of(site)),
			  direct_code[direct]);
	fake_nr_order = returns = 0;
	call_site(site);
	for (c = 0; c < CLIENTS; c++)
		called += model_calls(&now, c, site) &&
			  !(ops_of(c)->flags & FTRACE_OPS_FL_STUB);
	ck_assert_uint_eq(fake_nr_order, called);
	ck_assert_uint_eq(returns, model_calls(&now, GRAPH, site));
	for (c = 0; c < called; c++) {
		who = fake_order[c];
		ck_assert(model_calls(&now, (unsigned int)(who - client),
				      site));
		/* Newest first. */
		ck_assert_uint_lt(now.client[who - client].came, last);
		last = now.client[who - client].came;
	}
	ck_assert_uint_eq(fake_direct_hits[0] + fake_direct_hits[1] - hits,
			  direct != 0);
}

/* All is as the model says. */
static void compare(void)
{
	struct ftrace_stats st = fake_stats();
	unsigned int i, known = 0, enabled = 0, disabled = 0;

	for (i = 0; i < SITES; i++) {
		if (!now.known[i / FUNCS]) {
			ck_assert_uint_eq(ftrace_location(ip_of(i)), 0);
			continue;
		}
		known++;
		disabled += !now.live[i / FUNCS];
		enabled += model_is_call(&now, i);
		one_site(i);
	}
	ck_assert_uint_eq(st.sites, known);
	ck_assert_uint_eq(st.disabled, disabled);
	ck_assert_uint_eq(st.enabled, enabled);
	ck_assert_int_eq(ftrace_is_dead(), now.dead);
	ck_assert_uint_eq(fake.blocked, 0);
	ck_assert_int_eq(ftrace_verify(), 0);
}

/* Which calls of the host can fail; files apart, without which names are few. */
static const enum fake_service services[] = {
	FAKE_MEMORY, FAKE_TEXT_OPEN, FAKE_TEXT_CLOSE, FAKE_TEXT_POKE,
	FAKE_SYNC_CORE, FAKE_BARRIER, FAKE_PIN, FAKE_PROTECT, FAKE_TEXT_CHECK,
};

static bool as_said(int err, int want)
{
	return err == want || (model_also && err == model_also);
}

/* The call, while the host fails: done, or not at all. */
static bool done_in_spite(struct input *in, const struct call *x, int want)
{
	unsigned int s = digit(in, sizeof(services) / sizeof(services[0]));
	struct fake_state before[MODS];
	unsigned int i;
	int err;

	for (i = 0; i < MODS; i++)
		fake_save(&before[i], &text[i]);
	fake_log_clear();
	fake_fail(services[s], digit(in, 16) + 1);
	err = x->run(x);
	fake_heal();
	if (err && !as_said(err, want))
		ck_assert(fake_logged("libftrace: "));
	for (i = 0; i < MODS; i++) {
		if (err && !as_said(err, want)) {
			fake_same(&before[i], &text[i]);
		} else {
			free(before[i].text);
			free(before[i].rec);
		}
	}
	return as_said(err, want);
}

static void one_call(struct input *in)
{
	unsigned int letter = next(in), n = (letter - 1) % 32 % NR_CALLS;
	struct call x = { .run = calls[n].run, .predict = calls[n].predict };
	struct model then = now;
	int want, err;

	x.a = number(in, calls[n].a);
	x.b = number(in, calls[n].b);
	x.c = number(in, calls[n].c);
	x.d = number(in, calls[n].d);
	/* Of the global filters there is no other call. */
	model_also = 0;
	want = x.predict(&then, &x);
	if (!(letter & 32) || !done_in_spite(in, &x, want)) {
		err = x.run(&x);
		ck_assert_msg(as_said(err, want), "%c: %d, must be %d",
			      (int)('A' + n), err, want);
	}
	now = then;
	compare();
}

static int agrees(struct ftrace_ops *op, enum ftrace_ops_cmd cmd)
{
	(void)op;
	(void)cmd;
	return 0;
}

static void begin(void)
{
	static const unsigned long kind[CLIENTS] = {
		0, FTRACE_OPS_FL_SAVE_REGS, FTRACE_OPS_FL_STUB,
		FTRACE_OPS_FL_IPMODIFY,
		FTRACE_OPS_FL_IPMODIFY | FTRACE_OPS_FL_RECURSION_SAFE, 0,
		FTRACE_OPS_FL_PERMANENT, 0,
	};
	unsigned int i;

	memset(&now, 0, sizeof(now));
	for (i = 0; i < CLIENTS; i++) {
		probe_init(&client[i], kind[i]);
		now.client[i].moves = kind[i] & FTRACE_OPS_FL_IPMODIFY;
	}
	client[MULTI].ops.func = NULL;
	client[MULTI].ops.ops_func = agrees;
	graph = (struct fgraph_ops){ .entryfunc = entered, .retfunc = back };
	fake.alone = false;
	no_poke = true;
}

static void clients_go(void)
{
	unsigned int i;

	for (i = 0; i < CLIENTS; i++)
		if (i != MULTI && now.client[i].on)
			ck_assert_int_eq(unregister_ftrace_function(ops_of(i)),
					 0);
	if (now.client[MULTI].on)
		ck_assert_int_eq(unregister_ftrace_direct_multi(
			&client[MULTI].ops,
			direct_code[now.client[MULTI].direct]), 0);
	for (i = 0; i < SITES; i++)
		if (now.direct[i])
			ck_assert_int_eq(unregister_ftrace_direct(
				ip_of(i), direct_code[now.direct[i]]), 0);
}

/* What a process cannot do: live on. */
static void revive(void)
{
	ftrace_dead = false;
	ftrace_off = 0;
	ftrace_lock("fuzz");
	ftrace_sets_reclaim();
	ftrace_unlock();
}

/* All goes, and nothing stays. */
static void end(void)
{
	unsigned int i;

	clients_go();
	ck_assert_int_eq(ftrace_verify(), 0);
	/* A kill leaves sites that call nobody. */
	if (!now.dead) {
		ck_assert_uint_eq(fake_stats().enabled, 0);
		ck_assert_uint_eq(fake_stats().sets, 0);
	}
	for (i = 0; i < MODS; i++)
		text_stop(&text[i]);
	ck_assert_uint_eq(fake_stats().sets, 0);
	revive();
	ck_assert_int_eq(ftrace_set_global_filter(NULL, 0, 1), 0);
	ck_assert_int_eq(ftrace_set_global_notrace(NULL, 0, 1), 0);
	for (i = 0; i < CLIENTS; i++)
		probe_free(&client[i]);
	ftrace_free_filter(&graph.ops);
	ck_assert_int_eq(ftrace_synchronize(), 0);
	ck_assert_uint_eq(fake.frames, 0);
	ck_assert_uint_eq(fake.live_files, 0);
	/* The table of sets, and those of direct calls that wait for the next. */
	ck_assert_int_le(fake.live, 300);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	static const char *const name[MODS] = { "m0", "m1", "m2" };
	unsigned int i, k;

	(void)argc;
	(void)argv;
	fake_setup();
	fake.trust = fake.alias = true;
	fake_host.text_poke = poke;
	ftrace_lock("fuzz");
	ftrace_poke_works();
	ftrace_unlock();
	/* One of one store a site, one of three, one whose sites jump. */
	for (i = 0; i < MODS; i++)
		text_start(&text[i], name[i], FUNCS, i == 1);
	flags[KEEPS] = FTRACE_MODULE_CONSERVATIVE;
	for (i = 0; i < MODS; i++) {
		unsigned int at = 0;

		for (k = 0; k < MODS; k++)
			at += text[k].mod.text < text[i].mod.text;
		model_order[at] = i;
	}
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = { data, data + size };
	unsigned int n = 0;

	begin();
	while (in.at < in.end && n++ < 60)
		one_call(&in);
	end();
	return 0;
}

/* SPDX-License-Identifier: MIT */
/* Build rows whose loaded object says nothing, and has a file that may lie. */
#include <dlfcn.h>
#include <elf.h>
#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "open.h"

const bool open_plain = true;

typedef ElfW(Ehdr) elf_ehdr;
typedef ElfW(Shdr) elf_shdr;

/* A file in memory, to be changed before it is written. */
struct file {
	unsigned char at[1 << 18];
	size_t size;
};

static struct file file;

static elf_ehdr *header(void)
{
	return (elf_ehdr *)file.at;
}

static elf_shdr *section(const char *name)
{
	elf_shdr *sh = (elf_shdr *)(file.at + header()->e_shoff);
	const char *names = (char *)file.at +
			    sh[header()->e_shstrndx].sh_offset;
	unsigned int i;

	for (i = 0; i < header()->e_shnum; i++)
		if (!strcmp(names + sh[i].sh_name, name))
			return &sh[i];
	value(name, 0, 1);
	exit(1);
}

static void read_object(void)
{
	FILE *f = fopen(object_path(), "r");

	file.size = f ? fread(file.at, 1, sizeof(file.at), f) : 0;
	value("read", file.size > sizeof(elf_ehdr) &&
			      file.size < sizeof(file.at), true);
	if (f)
		fclose(f);
}

/* A new file under the old name: what was loaded keeps the old one. */
static const char *write_copy(void)
{
	static char path[640];
	FILE *f;

	snprintf(path, sizeof(path), "%s/copy-%ld.so", build_dir(),
		 (long)getpid());
	unlink(path);
	f = fopen(path, "w");
	value("write", f && fwrite(file.at, 1, file.size, f) == file.size,
	      true);
	if (f)
		fclose(f);
	return path;
}

static void not_used(const char *why)
{
	log_clear();
	value("rescan", (unsigned long)ftrace_rescan(), 0);
	value("sites", build_sites(), 0);
	if (!log_has("ftrace_rescan", why))
		note("no line with \"%s\"", why);
	value("reason", log_has("ftrace_rescan", why), true);
}

static void used(const struct build_traced *t)
{
	value("rescan", (unsigned long)ftrace_rescan(), 0);
	value("sites", build_sites(), build_distinct(t) + t->others);
}

/* As it was loaded; replaced; gone; and as it was once more. */
static void plain_replaced(void)
{
	struct opened o;
	const char *path;
	unsigned char *id;

	read_object();
	path = write_copy();
	open_file(&o, path);
	id = file.at + section(".note.gnu.build-id")->sh_offset + 16;
	*id ^= 1;
	write_copy();
	not_used("build-ids differ");
	unlink(path);
	not_used("cannot be read");
	*id ^= 1;
	write_copy();
	used(o.t);
	unlink(path);
	build_call_all(o.t);
}

/* Loaded whole, then this; the build-id is right, and nothing else need be. */
static void damaged_at(size_t at)
{
	unsigned char keep = file.at[at];
	const char *path = write_copy();
	struct opened o;

	open_file(&o, path);
	file.at[at] = 0xff;
	write_copy();
	value("rescan", (unsigned long)ftrace_rescan(), 0);
	value("sites", build_sites() <= build_distinct(o.t) + o.t->others,
	      true);
	build_call_all(o.t);
	dlclose(o.handle);
	unlink(path);
	file.at[at] = keep;
}

static void plain_damaged(void)
{
	size_t at, end;

	read_object();
	for (at = EI_CLASS; at < sizeof(elf_ehdr); at++)
		damaged_at(at);
	end = header()->e_shoff + header()->e_shnum * sizeof(elf_shdr);
	for (at = header()->e_shoff; at < end; at += 37)
		damaged_at(at);
	open_nothing_left();
}

/* No section headers; and no file is as long as it says. */
static void plain_stripped(void)
{
	struct opened o;
	const char *path;

	read_object();
	header()->e_shoff = 0;
	header()->e_shnum = header()->e_shstrndx = header()->e_shentsize = 0;
	path = write_copy();
	open_file(&o, path);
	not_used("no section headers");
	read_object();
	file.size -= 8;
	write_copy();
	not_used("damaged");
	unlink(path);
	build_call_all(o.t);
}

static void plain_no_id(void)
{
	struct opened o;
	const char *path;

	read_object();
	/* The note's type. */
	file.at[section(".note.gnu.build-id")->sh_offset + 8] ^= 1;
	path = write_copy();
	open_file(&o, path);
	not_used("no build-id");
	unlink(path);
	build_call_all(o.t);
}

/* Zero, doubled, foreign, in the middle of a function, next to a site. */
static void plain_odd_list(void)
{
	unsigned long n, first, skipped;
	struct ftrace_stats st;
	struct opened o;
	struct probe p;

	read_object();
	open_file(&o, write_copy());
	n = (unsigned long)(o.t->sites_end - o.t->sites);
	value("entries", n, build_distinct(o.t) + o.t->others);
	first = o.t->sites[0];
	o.t->sites[1] = 0;
	o.t->sites[2] = first;
	o.t->sites[3] = (unsigned long)&file;
	o.t->sites[4] = CODE(build_call_all);
	o.t->sites[5] = ~0UL;
	skipped = 4;
	value("rescan", (unsigned long)ftrace_rescan(), 0);
	ftrace_get_stats(&st);
	value("sites", st.sites, n - skipped - 1);
	value("skipped", st.skipped, skipped);
	value("disabled", st.disabled, 0);
	probe_init(&p, 0);
	value("register", (unsigned long)register_ftrace_function(&p.ops), 0);
	build_call_all(o.t);
	value("hits", p.hits > 0, true);
	value("unregister", (unsigned long)unregister_ftrace_function(&p.ops),
	      0);
	unlink(write_copy());
}

/* Closed and opened without a word, mostly to the same place. */
static void plain_again(void)
{
	unsigned long hits, calls;
	struct opened o;
	struct probe p, q;
	unsigned int i;

	probe_init(&p, 0);
	register_ftrace_function(&p.ops);
	for (i = 0; i < 10; i++) {
		open_object(&o);
		hits = p.hits;
		calls = build_call_all(o.t);
		count("hits", p.hits - hits, calls);
		dlclose(o.handle);
		/* Nobody has said that it is here again. */
		open_file(&o, object_path());
		probe_init(&q, 0);
		value("register",
		      (unsigned long)register_ftrace_function(&q.ops), 0);
		build_call_all(o.t);
		count("unknown", q.hits, 0);
		value("unregister",
		      (unsigned long)unregister_ftrace_function(&q.ops), 0);
		dlclose(o.handle);
	}
	open_nothing_left();
	value("unregister", (unsigned long)unregister_ftrace_function(&p.ops),
	      0);
}

const struct conf_case plain_cases[] = {
	{ "plain_replaced", "-", plain_replaced },
	{ "plain_damaged", "-", plain_damaged },
	{ "plain_stripped", "-", plain_stripped },
	{ "plain_no_id", "-", plain_no_id },
	{ "plain_odd_list", "-", plain_odd_list },
	{ "plain_again", "-", plain_again },
	{ NULL, NULL, NULL },
};

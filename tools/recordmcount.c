/* SPDX-License-Identifier: MIT */
/*
 * recordmcount: list the mcount calls of relocatable objects in __mcount_loc,
 * and cut up __patchable_function_entries, so that both go with their code.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "recordmcount.h"

#ifndef FTRACE_VERSION
#define FTRACE_VERSION "unreleased"
#endif

static int fail_errno(const struct object *o, const char *what)
{
	return fail(o, "%s: %s", what, strerror(errno));
}

static void print_sites(const struct object *o)
{
	const struct site *site;

	for (site = o->site; site < o->site + o->nsite; site++)
		printf("%s: %s+%#llx\n", o->file, o->sec[site->target].name,
		       (unsigned long long)site->rela.r_addend);
}

/*
 * The new object is complete and has its mode before it takes the name, so
 * that neither a failure nor a reader in between meets half an object.
 */
static int replace(struct object *o, const char *path, char *temp,
		   const struct stat *st)
{
	int fd = mkstemp(temp), err;

	if (fd < 0)
		return fail_errno(o, temp);
	err = rewrite_object(o, fd);
	/* root may edit another's object; who is not root cannot give away */
	if (!err && fchown(fd, st->st_uid, st->st_gid) && errno != EPERM)
		err = fail_errno(o, "cannot keep the owner");
	if (!err && fchmod(fd, st->st_mode & 07777))
		err = fail_errno(o, "cannot keep the mode");
	if (close(fd) && !err)
		err = fail_errno(o, temp);
	if (!err && rename(temp, path))
		err = fail_errno(o, "cannot replace");
	if (err)
		unlink(temp);
	return err;
}

/* Edit @o, found at @path; the temporary file has to stand beside it. */
static int edit(struct object *o, const struct stat *st)
{
	char *path, *temp;
	int err;

	/* A symbolic link stays one. */
	path = realpath(o->file, NULL);
	if (!path)
		return fail_errno(o, "cannot resolve");
	temp = malloc(strlen(path) + sizeof(".XXXXXX"));
	if (temp) {
		strcpy(temp, path);
		strcat(temp, ".XXXXXX");
		err = replace(o, path, temp, st);
	} else {
		err = fail(o, "out of memory");
	}
	free(temp);
	free(path);
	return err;
}

static int process(const char *file, int dry)
{
	struct object o = { .file = file };
	struct stat st;
	int fd, err;

	fd = open(file, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return fail_errno(&o, "cannot open");
	if (fstat(fd, &st))
		err = fail_errno(&o, "cannot read");
	else if (!S_ISREG(st.st_mode))
		err = fail(&o, "not a regular file");
	else
		err = load_object(&o, fd);
	if (err)
		goto out_free;
	err = find_sites(&o);
	if (err)
		goto out_free;
	if (dry) {
		print_sites(&o);
		goto out_free;
	}
	err = needs_rewrite(&o);
	if (err > 0)
		err = edit(&o, &st);
out_free:
	free_object(&o);
	close(fd);
	return err;
}

static int usage(void)
{
	fputs("usage: recordmcount [-n] FILE.o...\n"
	      "       recordmcount --version\n"
	      "  -n  only list the call sites, as FILE: section+offset\n",
	      stderr);
	return 2;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "version", no_argument, NULL, 'V' },
		{ NULL, 0, NULL, 0 },
	};
	int opt, dry = 0, failed = 0;

	while ((opt = getopt_long(argc, argv, "n", options, NULL)) != -1) {
		switch (opt) {
		case 'n':
			dry = 1;
			break;
		case 'V':
			puts("recordmcount (libftrace) " FTRACE_VERSION);
			return 0;
		default:
			return usage();
		}
	}
	if (optind == argc)
		return usage();

	elf_version(EV_CURRENT);
	for (; optind < argc; optind++)
		if (process(argv[optind], dry))
			failed = 1;
	if (fflush(stdout) || ferror(stdout)) {
		perror("recordmcount: standard output");
		failed = 1;
	}
	return failed;
}

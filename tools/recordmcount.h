/* SPDX-License-Identifier: MIT */
/*
 * What the parts of recordmcount share: an object as read by libelf, and the
 * call sites found in it.
 */
#ifndef RECORDMCOUNT_H
#define RECORDMCOUNT_H

#include <gelf.h>
#include <stdbool.h>
#include <stddef.h>

#define MCOUNT_LOC	"__mcount_loc"
#define PATCHABLE	"__patchable_function_entries"
#define MAX_BRANCHES	4

/* What differs between machines; an object is matched by the first two. */
struct machine {
	GElf_Half id;
	unsigned char class;
	unsigned char word;		/* bytes of an address */
	bool rel;			/* addends stand in the section */
	GElf_Word address;		/* type that stores an address */
	GElf_Word branch[MAX_BRANCHES];	/* types on a call, 0 ends */
	/*
	 * Bytes from the start of the call to the relocated field, -1 when the
	 * instruction is no call. Four bytes can be read at the field, and
	 * @before in front of it.
	 */
	int (*call)(const unsigned char *field, size_t before, bool big);
};

/* One entry of a table of sites. */
struct site {
	size_t target;			/* section of the code */
	GElf_Rela rela;
	unsigned char word[8];		/* as it stands in the file */
};

struct section {
	GElf_Shdr hdr;
	Elf_Data *data;			/* the output's, once there is one */
	const char *name;
	size_t group;			/* SHT_GROUP that lists it, or 0 */
	size_t reloc;			/* section that relocates it, or 0 */
	size_t symbol;			/* its section symbol, or 0 */
	size_t members;			/* of a group, while it is written */
	bool regroup;			/* a group whose members changed */
};

struct block {
	struct block *next;
	_Alignas(max_align_t) unsigned char bytes[];
};

struct object {
	const char *file;		/* as the user named it */
	Elf *in, *out;
	GElf_Ehdr ehdr;
	const struct machine *machine;
	bool big;
	struct section *sec;
	size_t nsec, shstrndx;
	size_t symtab, symtab_shndx;	/* section numbers, 0: none */
	struct site *site;
	size_t nsite;
	struct block *blocks;		/* freed with the object */
};

/* recordmcount-object.c; all int functions say why and return -1 on failure */
int fail(const struct object *o, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
int fail_elf(const struct object *o, const char *what);
void *keep(struct object *o, size_t size);
void *resize(struct object *o, size_t i, size_t size);
bool is_reloc(const struct section *sec);
size_t entry_size(const struct object *o, const struct section *sec);
size_t entries(const struct object *o, const struct section *sec);
int get_reloc(const struct object *o, const struct section *sec, size_t i,
	      GElf_Rela *rela);
int put_reloc(const struct object *o, const struct section *sec, size_t i,
	      GElf_Rela *rela);
int get_symbol(const struct object *o, size_t i, GElf_Sym *sym, size_t *shndx);
int load_object(struct object *o, int fd);
void free_object(struct object *o);

/* recordmcount-sites.c */
const struct machine *find_machine(const GElf_Ehdr *ehdr);
int find_sites(struct object *o);

/* recordmcount-symbols.c */
int name_targets(struct object *o);

/* recordmcount-tables.c */
int needs_rewrite(const struct object *o);
int rewrite_object(struct object *o, int fd);

#endif

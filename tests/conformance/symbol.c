/* SPDX-License-Identifier: MIT */
/* Names of the program's own functions, from its file: linked in any way. */
#include <elf.h>
#include <fcntl.h>
#include <link.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "conformance.h"

extern const char __ehdr_start[] __attribute__((visibility("hidden")));

static const char *file;
static const ElfW(Sym) *symbols;
static size_t nr_symbols;
static const char *names;

static void load(void)
{
	const ElfW(Ehdr) *eh;
	const ElfW(Shdr) *sh;
	struct stat st;
	void *map;
	int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC), i;

	if (fd < 0 || fstat(fd, &st))
		return;
	map = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	close(fd);
	if (map == MAP_FAILED)
		return;
	file = map;
	eh = map;
	sh = (const void *)(file + eh->e_shoff);
	for (i = 0; i < eh->e_shnum; i++) {
		if (sh[i].sh_type != SHT_SYMTAB)
			continue;
		symbols = (const void *)(file + sh[i].sh_offset);
		nr_symbols = sh[i].sh_size / sizeof(*symbols);
		names = file + sh[sh[i].sh_link].sh_offset;
	}
}

const char *symbol_at(unsigned long addr, unsigned long *start)
{
	unsigned long base, code;
	size_t i;

	*start = 0;
	if (!file)
		load();
	if (!file)
		return "?";
	base = ((const ElfW(Ehdr) *)file)->e_type == ET_DYN ?
		       (unsigned long)__ehdr_start : 0;
	for (i = 0; i < nr_symbols; i++) {
		/* The low bits are the type, however wide a word is. */
		if ((symbols[i].st_info & 15) != STT_FUNC || !symbols[i].st_size)
			continue;
		code = CODE(base + symbols[i].st_value);
		if (addr - code < symbols[i].st_size) {
			*start = code;
			return names + symbols[i].st_name;
		}
	}
	return "?";
}

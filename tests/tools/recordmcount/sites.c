/* SPDX-License-Identifier: MIT */
/*
 * Check a linked program: each function of the test has exactly one site, no
 * site is anywhere else, and those of __mcount_loc are call instructions.
 */
#include <fcntl.h>
#include <gelf.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static Elf *elf;
static GElf_Ehdr ehdr;
static uint64_t sites[1000];
static bool claimed[1000];
static size_t nsites;

static uint64_t get_word(const unsigned char *p, size_t size)
{
	uint64_t v = 0;
	size_t i;

	for (i = 0; i < size; i++)
		v = v << 8 | p[ehdr.e_ident[EI_DATA] == ELFDATA2MSB ?
			       i : size - 1 - i];
	return v;
}

static size_t word_size(void)
{
	return ehdr.e_ident[EI_CLASS] == ELFCLASS64 ? 8 : 4;
}

static Elf_Scn *find_section(const char *want, GElf_Shdr *hdr)
{
	Elf_Scn *scn = NULL;
	size_t names;

	elf_getshdrstrndx(elf, &names);
	while ((scn = elf_nextscn(elf, scn))) {
		gelf_getshdr(scn, hdr);
		if (!strcmp(elf_strptr(elf, names, hdr->sh_name), want))
			return scn;
	}
	return NULL;
}

static void read_sites(const char *section)
{
	Elf_Data *data;
	GElf_Shdr hdr;
	Elf_Scn *scn = find_section(section, &hdr);
	size_t i, word = word_size();

	if (!scn)
		return;
	data = elf_rawdata(scn, NULL);
	for (i = 0; i < data->d_size / word && nsites < 1000; i++)
		sites[nsites++] = get_word((unsigned char *)data->d_buf +
					   i * word, word);
}

/* A function symbol of ELFv1 names the descriptor, that the code. */
static uint64_t code_of(const GElf_Sym *sym)
{
	GElf_Shdr hdr;
	Elf_Scn *scn = find_section(".opd", &hdr);

	if (!scn || sym->st_value < hdr.sh_addr ||
	    sym->st_value >= hdr.sh_addr + hdr.sh_size)
		return sym->st_value;
	return get_word((unsigned char *)elf_rawdata(scn, NULL)->d_buf +
			(sym->st_value - hdr.sh_addr), 8);
}

static const unsigned char *code_at(uint64_t address)
{
	Elf_Scn *scn = NULL;
	GElf_Shdr hdr;

	while ((scn = elf_nextscn(elf, scn))) {
		gelf_getshdr(scn, &hdr);
		if ((hdr.sh_flags & SHF_EXECINSTR) && address >= hdr.sh_addr &&
		    address + 4 <= hdr.sh_addr + hdr.sh_size)
			return (unsigned char *)elf_rawdata(scn, NULL)->d_buf +
			       (address - hdr.sh_addr);
	}
	return NULL;
}

/* On x86 the linker may make a direct call, with a prefix, of call *GOT. */
static bool is_call(uint64_t address)
{
	const unsigned char *p = code_at(address);

	if (!p)
		return false;
	switch (ehdr.e_machine) {
	case EM_386:
	case EM_X86_64:
		return p[0] == 0xe8 || (p[0] == 0x67 && p[1] == 0xe8) ||
		       (p[0] == 0xff && (p[1] & 0x38) == 0x10);
	case EM_AARCH64:
		return (p[3] & 0xfc) == 0x94;
	default:
		return (get_word(p, 4) & 0xfc000003) == 0x48000001;
	}
}

/* What the test's sources define; the rest is the C library's start files. */
static bool is_ours(const char *name)
{
	if (strstr(name, ".cold"))
		return false;
	return !strncmp(name, "_Z", 2) || !strcmp(name, "main");
}

static int check_function(const char *name, const GElf_Sym *sym)
{
	uint64_t start = code_of(sym);
	size_t i, n = 0;

	for (i = 0; i < nsites; i++) {
		if (sites[i] < start || sites[i] >= start + sym->st_size)
			continue;
		claimed[i] = true;
		n++;
	}
	if (n == 1)
		return 0;
	fprintf(stderr, "%s: %zu sites\n", name, n);
	return 1;
}

/* The number of sites that are no calls, though they should be. */
static int check_calls(const char *section)
{
	size_t i;
	int bad = 0;

	for (i = 0; i < nsites && !strcmp(section, "__mcount_loc"); i++) {
		if (is_call(sites[i]))
			continue;
		fprintf(stderr, "%#llx is no call\n",
			(unsigned long long)sites[i]);
		bad++;
	}
	return bad;
}

int main(int argc, char **argv)
{
	int fd = argc == 3 ? open(argv[1], O_RDONLY) : -1, bad;
	size_t i, functions = 0;
	const char *name;
	GElf_Shdr hdr;
	Elf_Data *data;
	GElf_Sym sym;

	elf_version(EV_CURRENT);
	elf = fd < 0 ? NULL : elf_begin(fd, ELF_C_READ, NULL);
	if (!elf || !gelf_getehdr(elf, &ehdr)) {
		fputs("usage: sites PROGRAM SECTION\n", stderr);
		return 2;
	}
	read_sites(argv[2]);
	bad = check_calls(argv[2]);
	data = elf_getdata(find_section(".symtab", &hdr), NULL);
	for (i = 0; gelf_getsym(data, i, &sym); i++) {
		name = elf_strptr(elf, hdr.sh_link, sym.st_name);
		if (GELF_ST_TYPE(sym.st_info) != STT_FUNC ||
		    sym.st_shndx == SHN_UNDEF || !is_ours(name))
			continue;
		functions++;
		bad += check_function(name, &sym);
	}
	for (i = 0; i < nsites; i++) {
		if (claimed[i])
			continue;
		fprintf(stderr, "stray site %#llx\n",
			(unsigned long long)sites[i]);
		bad++;
	}
	printf("%zu sites %zu functions\n", nsites, functions);
	return bad || !functions;
}

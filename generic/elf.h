/* SPDX-License-Identifier: MIT */
/* ELF files as they lie on disk, and notes, there and in memory. */
#ifndef FTRACE_ELF_H
#define FTRACE_ELF_H

#include <elf.h>
#include <link.h>

#include "internal.h"

typedef ElfW(Ehdr) elf_ehdr;
typedef ElfW(Phdr) elf_phdr;
typedef ElfW(Shdr) elf_shdr;
typedef ElfW(Sym) elf_sym;
typedef ElfW(Nhdr) elf_nhdr;

/* A file on disk is foreign input: every offset is checked against its size. */
struct elf_file {
	const unsigned char *at;
	size_t size;
	const elf_shdr *shdr;
	size_t nr_shdr;		/* 0: it has no section headers */
};

bool ftrace_elf_open(struct elf_file *f, const void *at, size_t size);
const void *ftrace_elf_range(const struct elf_file *f, uint64_t off,
			     uint64_t size);
const char *ftrace_elf_strings(const struct elf_file *f, size_t section);
uint64_t ftrace_elf_build_id(const struct elf_file *f);

uint64_t ftrace_object_build_id(const struct ftrace_host_object *o);
bool ftrace_object_announced(const struct ftrace_host_object *o);

#endif

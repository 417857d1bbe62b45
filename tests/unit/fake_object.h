/* SPDX-License-Identifier: MIT */
/* A loaded object that says nothing of itself, and its file. */
#ifndef FTRACE_UNIT_FAKE_OBJECT_H
#define FTRACE_UNIT_FAKE_OBJECT_H

#include <elf.h>
#include <link.h>

#include "fake.h"

#define NR 12
#define PFE 1		/* sections of the file */
#define MCOUNT 2
#define STRINGS 3

struct id_note {
	ElfW(Nhdr) n;
	char owner[4];
	unsigned char id[20];
};

/* The file, and what of it the loader mapped beside the text. */
struct image {
	ElfW(Ehdr) e;
	ElfW(Phdr) ph[2];
	ElfW(Shdr) sh[4];
	struct id_note note;
	unsigned long list[4];
	char names[56];
};

struct memory {
	struct id_note note;
	struct {
		ElfW(Nhdr) n;
		char owner[12];
	} other;
	unsigned long pfe[NR], mcount[4];
	struct ftrace_object obj;	/* if it comes back with a voice */
};

extern struct image image;
extern struct memory memory;
extern struct fake_text t;
extern ElfW(Phdr) phdr[3];
extern struct ftrace_host_object object;
extern struct fake_file file;

void object_start(void);
void object_stop(void);
void image_make(void);
void compiled(void);
unsigned long sites(void);
void found(unsigned long nr);
void not_found(const char *why);

#endif

/* SPDX-License-Identifier: MIT */
/* What a libgcc that was built for glibc asks of any other C library. */
#include <link.h>
#include <stdint.h>

#ifndef __GLIBC__
/* glibc's, of machines whose unwind tables need no base for data. */
struct dl_find_object {
	unsigned long long flags;
	void *map_start, *map_end;
	struct link_map *link_map;
	void *eh_frame;
	unsigned long long reserved[7];
};

struct search {
	uintptr_t pc;
	struct dl_find_object *found;
};

static int look(struct dl_phdr_info *info, size_t size, void *arg)
{
	struct search *s = arg;
	uintptr_t table = 0, start = 0, end = 0;
	int i;

	(void)size;
	for (i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *ph = &info->dlpi_phdr[i];
		uintptr_t at = info->dlpi_addr + ph->p_vaddr;

		if (ph->p_type == PT_GNU_EH_FRAME)
			table = at;
		if (ph->p_type == PT_LOAD && s->pc - at < ph->p_memsz) {
			start = at;
			end = at + ph->p_memsz;
		}
	}
	if (!table || !end)
		return 0;
	s->found->map_start = (void *)start;
	s->found->map_end = (void *)end;
	s->found->eh_frame = (void *)table;
	return 1;
}

int _dl_find_object(void *pc, struct dl_find_object *found);

int _dl_find_object(void *pc, struct dl_find_object *found)
{
	struct search s = { (uintptr_t)pc, found };

	*found = (struct dl_find_object){ .flags = 0 };
	return dl_iterate_phdr(look, &s) ? 0 : -1;
}
#endif

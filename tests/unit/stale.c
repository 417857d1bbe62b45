/* SPDX-License-Identifier: MIT */
/* Text as the cores of the fake machine fetch it. */
#include "search.h"
#include "stale.h"

/* A store into a site, or as much of it as is seen together. */
struct part {
	unsigned int site, at, len;
	unsigned char bytes[FAKE_INSN_SIZE];
	bool flushed, synced;
};

#define MAX_PARTS 24

static unsigned long site_at[STALE_SITES];
static unsigned char base[STALE_SITES][FAKE_INSN_SIZE];	/* all see this */
static unsigned int nr_sites;
static struct part parts[MAX_PARTS];	/* what was stored behind it, in turn */
static unsigned int nr_parts;

void stale_begin(void)
{
	nr_sites = nr_parts = 0;
}

void stale_site(unsigned long addr)
{
	sure(nr_sites < STALE_SITES);
	memcpy(base[nr_sites], (const void *)addr, FAKE_INSN_SIZE);
	site_at[nr_sites++] = addr;
}

static void part_add(unsigned int site, unsigned int at, unsigned int len)
{
	struct part *p = &parts[nr_parts++];

	sure(nr_parts < MAX_PARTS);
	*p = (struct part){ .site = site, .at = at, .len = len };
	memcpy(p->bytes, (const char *)site_at[site] + at, len);
}

void stale_store(unsigned long addr, unsigned int len)
{
	bool whole = (addr & 7) + len <= 8;
	unsigned int site = 0, n;

	while (site < nr_sites && addr - site_at[site] >= FAKE_INSN_SIZE)
		site++;
	if (site == nr_sites)
		return;
	sure(addr - site_at[site] + len <= FAKE_INSN_SIZE);
	for (; len; addr += n, len -= n) {
		n = whole ? len : 2 - (unsigned int)(addr & 1);
		if (n > len)
			n = len;
		part_add(site, (unsigned int)(addr - site_at[site]), n);
	}
}

void stale_look(void)
{
	unsigned char last[FAKE_INSN_SIZE];
	unsigned int site, i;

	for (site = 0; site < nr_sites; site++) {
		memcpy(last, base[site], sizeof(last));
		for (i = 0; i < nr_parts; i++)
			if (parts[i].site == site)
				memcpy(last + parts[i].at, parts[i].bytes,
				       parts[i].len);
		if (memcmp(last, (void *)site_at[site], sizeof(last)))
			stale_store(site_at[site], sizeof(last));
	}
}

void stale_flush(unsigned long start, unsigned long end)
{
	unsigned int i;

	for (i = 0; i < nr_parts; i++) {
		unsigned long at = site_at[parts[i].site] + parts[i].at;

		if (at >= start && at + parts[i].len <= end)
			parts[i].flushed = true;
	}
}

void stale_sync(void)
{
	unsigned int i;

	for (i = 0; i < nr_parts; i++)
		parts[i].synced = parts[i].flushed;
	/* What all see, with nothing before it that some do not, is the text. */
	for (i = 0; i < nr_parts && parts[i].synced; i++)
		memcpy(base[parts[i].site] + parts[i].at, parts[i].bytes,
		       parts[i].len);
	nr_parts -= i;
	memmove(parts, parts + i, nr_parts * sizeof(parts[0]));
}

/* All that the parts from the @i-th on can make of @now. */
static unsigned int fetch_from(unsigned int site, unsigned int i,
			       const unsigned char *now, uint64_t *value,
			       unsigned int n)
{
	unsigned char with[FAKE_INSN_SIZE];

	while (i < nr_parts && parts[i].site != site)
		i++;
	if (i < nr_parts) {
		memcpy(with, now, FAKE_INSN_SIZE);
		memcpy(with + parts[i].at, parts[i].bytes, parts[i].len);
		n = fetch_from(site, i + 1, with, value, n);
		return parts[i].synced ? n : fetch_from(site, i + 1, now,
							value, n);
	}
	for (i = 0; i < n; i++)
		if (!memcmp(&value[i], now, FAKE_INSN_SIZE))
			return n;
	sure(n < STALE_VALUES);
	memcpy(&value[n], now, FAKE_INSN_SIZE);
	return n + 1;
}

unsigned int stale_fetch(unsigned int site, uint64_t value[STALE_VALUES])
{
	return fetch_from(site, 0, base[site], value, 0);
}

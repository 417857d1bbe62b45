/* SPDX-License-Identifier: MIT */
/* generic/host/maps.c: a gap in reach, as near as can be, and no other. */
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../../generic/host/maps.h"
#include "suites.h"

static size_t page;
static char *island;		/* a page amid an emptiness of our own */

#define SEA (64UL << 20)

static void start(void)
{
	char *p;

	page = (size_t)getpagesize();
	p = mmap(NULL, SEA, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ck_assert_ptr_ne(p, MAP_FAILED);
	island = p + SEA / 2;
	munmap(p, SEA);
	ck_assert_ptr_eq(mmap(island, page, PROT_READ, MAP_PRIVATE |
			      MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0),
			 island);
}

static char *near(unsigned long lo, unsigned long hi, size_t size)
{
	void *p = NULL;
	int err;

	errno = 55;
	err = ftrace_linux_alloc_near((unsigned long)island, lo, hi, size, &p);
	ck_assert_int_eq(errno, 55);
	if (err) {
		ck_assert_int_eq(err, -ERANGE);
		ck_assert_ptr_null(p);
		return NULL;
	}
	ck_assert_uint_ge((unsigned long)p, lo);
	ck_assert_uint_le((unsigned long)p + size, hi);
	memset(p, 1, size);
	return p;
}

#define AT(n) ((unsigned long)island + (unsigned long)((n) * (long)page))

START_TEST(just_below)
{
	ck_assert_ptr_eq(near(AT(-4000), AT(4000), page), island - page);
	ck_assert_ptr_eq(near(AT(-4000), AT(4000), 3 * page),
			 island - 4 * page);
}
END_TEST

/* Bounds are exact, to the page. */
START_TEST(bounds)
{
	ck_assert_ptr_eq(near(AT(-9), AT(-5), 4 * page), island - 9 * page);
	ck_assert_ptr_null(near(AT(-29), AT(-25), 5 * page));
	ck_assert_ptr_null(near(AT(-29) + 1, AT(-25), 4 * page));
	ck_assert_ptr_null(near(AT(-29), AT(-25) - 1, 4 * page));
	ck_assert_ptr_eq(near(AT(-29) - 1, AT(-25) + 1, 4 * page),
			 island - 29 * page);
	ck_assert_ptr_null(near(AT(-25), AT(-29), page));
	ck_assert_ptr_null(near(AT(0), AT(1), page));
	ck_assert_ptr_null(near(AT(-40), AT(-40), page));
	ck_assert_ptr_null(near(0, 0x1000, page));
	ck_assert_ptr_eq(near(AT(5), AT(9), 4 * page), island + 5 * page);
}
END_TEST

/* Nothing below in reach: above, and near there too. */
START_TEST(above)
{
	char *p = near(AT(0), AT(100), 2 * page);

	ck_assert_ptr_nonnull(p);
	ck_assert(p > island);
}
END_TEST

/* One page after another: each in reach, none where something is. */
START_TEST(until_it_is_full)
{
	char *got[64];
	int i, k;

	for (i = 0; i < 64; i++) {
		got[i] = near(AT(-32), AT(33), page);
		if (i < 64)
			ck_assert_ptr_nonnull(got[i]);
		for (k = 0; k < i; k++)
			ck_assert_ptr_ne(got[i], got[k]);
	}
	ck_assert_ptr_null(near(AT(-32), AT(33), page));
	munmap(got[17], page);
	ck_assert_ptr_eq(near(AT(-32), AT(33), page), got[17]);
}
END_TEST

/* A gap that is too small is passed over, for the next best. */
START_TEST(small_gap)
{
	char *wall = mmap(island - 3 * page, page, PROT_NONE, MAP_PRIVATE |
			  MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);

	ck_assert_ptr_eq(wall, island - 3 * page);
	ck_assert_ptr_eq(near(AT(-100), AT(1), 3 * page), island - 6 * page);
	ck_assert_ptr_eq(near(AT(-100), AT(1), 2 * page), island - 2 * page);
}
END_TEST

/* The address itself in a gap: below it if there is room, else above. */
START_TEST(near_lies_in_a_gap)
{
	void *p = NULL;

	munmap(island, page);
	ck_assert_int_eq(ftrace_linux_alloc_near(AT(0) + 24, AT(-50), AT(50),
						 page, &p), 0);
	ck_assert_ptr_eq(p, island - page);
	ck_assert_int_eq(ftrace_linux_alloc_near(AT(10) + 24, AT(10), AT(50),
						 page, &p), 0);
	ck_assert_uint_ge((unsigned long)p, AT(10));
	ck_assert_uint_lt((unsigned long)p, AT(50));
}
END_TEST

/* No file can be opened, so nobody says what is mapped: places are tried. */
START_TEST(no_descriptor)
{
	char *below, *higher;
	void *p = NULL;
	int fd;

	do {
		fd = open("/dev/null", O_RDONLY);
	} while (fd >= 0);
	below = near(AT(-50), AT(50), page);
	ck_assert_ptr_nonnull(below);
	ck_assert(below < island);
	higher = near(AT(1), AT(50), page);
	ck_assert_ptr_nonnull(higher);
	/* None that is taken, and none out of bounds. */
	ck_assert_ptr_null(near(AT(0), AT(1), page));
	ck_assert_ptr_null(near((unsigned long)higher, AT(20), page));
	ck_assert_int_eq(ftrace_linux_alloc_near(~0UL - 100, ~0UL / 2 + 1, ~0UL,
						 page, &p), -ENOMEM);
	ck_assert_ptr_null(p);
	close(10);
	ck_assert_ptr_nonnull(near(AT(-50), AT(50), page));
	/* And it was closed again. */
	ck_assert_ptr_nonnull(near(AT(-50), AT(50), page));
}
END_TEST

START_TEST(far_from_everything)
{
	void *p = NULL;

	ck_assert_int_lt(ftrace_linux_alloc_near(~0UL - 100, ~0UL / 2 + 1, ~0UL,
						 page, &p), 0);
	ck_assert_ptr_null(p);
	ck_assert_int_eq(ftrace_linux_alloc_near(0, 0, ~0UL, page, &p), 0);
	ck_assert_uint_ge((unsigned long)p, 0x10000);
}
END_TEST

Suite *suite_host_maps(void)
{
	Suite *s = suite_create("host/maps");
	TCase *c = tcase_create("host/maps");

	suite_add_tcase(s, c);
	tcase_add_checked_fixture(c, start, fake_verify);
	tcase_add_test(c, just_below);
	tcase_add_test(c, bounds);
	tcase_add_test(c, above);
	tcase_add_test(c, until_it_is_full);
	tcase_add_test(c, small_gap);
	tcase_add_test(c, near_lies_in_a_gap);
	tcase_add_test(c, no_descriptor);
	tcase_add_test(c, far_from_everything);
	return s;
}

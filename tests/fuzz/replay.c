/* SPDX-License-Identifier: MIT */
/* Inputs once more, in a program that counts which lines are executed. */
#include <dirent.h>

#include "fuzz.h"

static void one(const char *dir, const char *name)
{
	static uint8_t data[1 << 16];
	char path[4096];
	FILE *f;
	size_t n;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "r");
	if (!f)
		return;
	n = fread(data, 1, sizeof(data), f);
	fclose(f);
	LLVMFuzzerTestOneInput(data, n);
}

/* replay DIR... */
int main(int argc, char **argv)
{
	struct dirent *e;
	int i;

	LLVMFuzzerInitialize(&argc, &argv);
	for (i = 1; i < argc; i++) {
		DIR *d = opendir(argv[i]);

		while (d && (e = readdir(d)))
			if (e->d_name[0] != '.')
				one(argv[i], e->d_name);
		if (d)
			closedir(d);
	}
	return 0;
}

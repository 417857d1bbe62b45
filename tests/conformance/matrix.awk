# SPDX-License-Identifier: MIT
# The runner's results as a table: target, build and CPU model down, areas
# across, "passed/failed" in each cell; a dot is an area that has no case there. Areas without any are left out.
#
#	awk -f matrix.awk FILE...
#
# A second table has the positions at which a call was struck, or each of its
# instructions looked at, a row of the first summed up.
#
# Fails if a case failed, or was planned and never run.
BEGIN {
	area("sites sites refuse objects build")
	area("entry entry wide")
	area("stack stack")
	area("ops ops clients mix errors null")
	area("recursion recursion context")
	area("regs regs")
	area("filters filter list lookup")
	area("direct direct share")
	area("graph graph")
	area("modules mod plain")
	area("live live late poke")
	area("unwind unwind")
	area("stepped strike shadow")
	area("out-of-all halfway dead host memory")
}

# A column, and the areas of cases that are counted in it.
function area(words,	w, n, i) {
	n = split(words, w, " ")
	columns[++nr_columns] = w[1]
	for (i = 2; i <= n; i++)
		column[w[i]] = nr_columns
}

{
	name = $5
	sub(/_.*/, "", name)
	# What nobody put in a column has one of its own.
	if (!(name in column))
		area(name " " name)
	row = $2 " " $3 " " $4
	if (!(row in rows)) {
		rows[row] = ++nr_rows
		title[nr_rows] = row
	}
	if ($1 == "positions") {
		positions[row] += $6
		next
	}
	cell = rows[row] "," column[name]
	used[column[name]]
	count[cell, $1]++
	total[$1]++
}

function text(cell) {
	if (!((cell, "planned") in count))
		return "."
	return (count[cell, "passed"] + 0) "/" \
		count[cell, "planned"] - count[cell, "passed"]
}

END {
	head = sprintf("%-8s %-15s %-10s", "target", "build", "CPU")
	for (c = 1; c <= nr_columns; c++)
		if (width(c))
			head = head sprintf(" %*s", width(c), columns[c])
	print head
	for (r = 1; r <= nr_rows; r++) {
		split(title[r], t, " ")
		line = sprintf("%-8s %-15s %-10s", t[1], t[2], t[3])
		for (c = 1; c <= nr_columns; c++)
			if (width(c))
				line = line sprintf(" %*s", width(c),
						    text(r "," c))
		print line
	}
	for (r = 1; r <= nr_rows; r++)
		if (title[r] in positions)
			printf "%s: %d single-step positions\n", title[r],
				positions[title[r]]
	if (!total["planned"])
		print "no such case"
	failed = total["run"] - total["passed"]
	skipped = total["planned"] - total["run"]
	printf "%d planned: %d passed, %d failed, %d skipped\n", total["planned"],
		total["passed"], failed, skipped
	exit failed || skipped || !total["passed"]
}

# 0 if no case of this column is in any row.
function width(c) {
	if (!(c in used))
		return 0
	return length(columns[c]) > 6 ? length(columns[c]) : 6
}

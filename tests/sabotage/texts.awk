# SPDX-License-Identifier: MIT
# Says which rows have a text that is not in their file, or more than once.

function slurp(name,    text, line) {
	if (name in files)
		return files[name]
	while ((getline line < name) > 0)
		text = text line "\n"
	close(name)
	return files[name] = text
}

function judge(    text, at) {
	if (!row)
		return
	text = slurp(file)
	at = index(text, old)
	if (!old || !at || index(substr(text, at + 1), old)) {
		print FILENAME ": " row ": its text is not once in " file
		bad = 1
	}
	row = ""
}

/^row:/ { judge(); row = $2; old = file = "" }
/^file:/ { file = $2 }
/^-/ { old = old (old == "" ? "" : "\n") substr($0, 2) }
END { judge(); exit bad }

-- SPDX-License-Identifier: MIT
-- Three times the same two expressions; step() shows them, and between the
-- rounds the demo changes what two functions of the interpreter do.
for _ = 1, 3 do
	step(("dynamic ftrace"):sub(1), "black" == "white" .. "")
end

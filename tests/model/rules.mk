# SPDX-License-Identifier: MIT
# The protocols on all schedules, as models. MODEL= and RULE= check one.
.PHONY: check-model
check-model:
	$(Q)tests/model/run.sh $(O)/model $(MODEL) $(RULE)

# Thin: each target is one command that can be typed as well.
.PHONY: help demo test check bench clean

help: ## this list
	@sed -n 's/^\([a-z]*\):.*## /  make \1	/p' Makefile

demo: ## the worker on an in-memory broker over example articles; no Kafka needed
	cargo run --release -- demo

test: ## every test, those on a real Apache Kafka included
	scripts/test.sh

check: ## format, lints, documentation, dependencies, scripts
	scripts/check.sh

bench: ## articles per second: through the core, and end to end on a real Apache Kafka
	scripts/bench.sh

clean: ## removes everything that was built or fetched
	cargo clean

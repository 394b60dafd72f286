#!/usr/bin/env bash
# Measures articles per second: through the core, and end to end on an Apache Kafka of its own. Arguments go to cargo bench.
# DATELINE_TEST_BROKERS names another Kafka.
set -euo pipefail
cd "$(dirname "$0")/.."

run=target/tools/kafka/run-$$
trap 'scripts/kafka/stop.sh "$run"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

if [ -z "${DATELINE_TEST_BROKERS:-}" ]; then
  if brokers=$(scripts/kafka/start.sh "$run"); then
    export DATELINE_TEST_BROKERS=$brokers
  else
    echo 'NOT RUN: end to end on a real Kafka: it could not be started, see above' >&2
  fi
fi
cargo bench "$@"
cargo run --release --quiet -- bench

#!/usr/bin/env bash
# Runs every test: `make test`. Arguments go to cargo test.
#
# Starts an Apache Kafka of its own below target/tools, or uses DATELINE_TEST_BROKERS where that is set. What cannot run
# is named at the end, with the command that installs what is missing; with CI=true a missing Kafka is a failure.
#
# Everything is built first, which may take as long as it takes. The run itself has a limit, so that a test that hangs is
# reported and not waited for: DATELINE_TEST_SECS_MAX (1500 by default).
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=scripts/tools.sh
. scripts/tools.sh

mkdir -p target
rm -f "$not_run_file"
run=target/tools/kafka/run-$$
kafka_missing=no

secs_max=${DATELINE_TEST_SECS_MAX:-1500}
log=target/test.log
runner=

trap 'end_tests; scripts/kafka/stop.sh "$run"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

start_kafka() {
  local outcome=0
  [ -z "${DATELINE_TEST_BROKERS:-}" ] || return 0
  DATELINE_TEST_BROKERS=$(scripts/kafka/start.sh "$run") || outcome=$?
  if [ "$outcome" = 0 ]; then
    export DATELINE_TEST_BROKERS
    return 0
  fi
  unset DATELINE_TEST_BROKERS
  kafka_missing=yes
  if [ "$outcome" = 3 ]; then
    not_run 'tests on a real Kafka: Java 17 or Maven is missing (apt-get install openjdk-17-jre-headless maven)'
  else
    not_run 'tests on a real Kafka: it could not be fetched or started, see above; DATELINE_TEST_BROKERS names another'
  fi
}

find_prometheus() {
  if DATELINE_PROMTOOL=$(program promtool prometheus) && DATELINE_PROMETHEUS=$(program prometheus prometheus); then
    export DATELINE_PROMTOOL DATELINE_PROMETHEUS
  else
    unset DATELINE_PROMTOOL DATELINE_PROMETHEUS
    not_run 'promtool on a scrape: no promtool, and none could be fetched (apt-get update && apt-get install prometheus)'
  fi
}

find_python() {
  if DATELINE_VENV=$(python_environment); then
    export DATELINE_VENV
  else
    unset DATELINE_VENV
    not_run 'checks with Python tools: no Python 3 with venv, or no package index (apt-get install python3-venv)'
  fi
}

# Ends whatever a run has left: cargo, tests, and processes that tests started. They are one process group, named after
# its first process; it is gone where nothing was left.
end_tests() {
  [ -n "$runner" ] || return 0
  kill -KILL -- "-$runner" 2>/dev/null || true
  runner=
}

# Runs cargo test with a limit. The output goes to a file, which is shown meanwhile: a pipe would be held open by any
# process that outlives its test, and reading it would not end. In the background, so that a signal to this script is
# heard at once.
run_tests() {
  local outcome=0 shower
  : >"$log"
  timeout --kill-after=30 "$secs_max" cargo test --features train --no-fail-fast "$@" >>"$log" </dev/null &
  runner=$!
  tail -n +1 -f --pid="$runner" "$log" &
  shower=$!
  wait "$runner" || outcome=$?
  end_tests
  wait "$shower" || true
  case $outcome in
    124 | 137)
      printf '\nfailed: the tests ran longer than %s seconds and were ended (DATELINE_TEST_SECS_MAX)\n' "$secs_max" >&2
      running_tests
      ;;
  esac
  return "$outcome"
}

# The tests that had begun long ago and not ended.
running_tests() {
  local name
  sed -n 's/^test \(.*\) has been running for over .*/\1/p' "$log" | sort -u | while read -r name; do
    grep -qF "test $name ... " "$log" || printf 'failed: it was still running: %s\n' "$name" >&2
  done
}

# cargo prints one result per test binary; the last line adds them up.
print_total() {
  awk '/^test result:/ { passed += $4; failed += $6 } END { printf "total: %d passed, %d failed\n", passed, failed }' \
    "$log"
}

cargo test --features train --no-run "$@"
start_kafka
find_prometheus
find_python
outcome=0
run_tests "$@" || outcome=$?
print_not_run
print_total
if [ "$kafka_missing" = yes ] && [ "${CI:-}" = true ]; then
  echo 'failed: CI demands the tests on a real Kafka, and they could not run' >&2
  exit 1
fi
exit "$outcome"

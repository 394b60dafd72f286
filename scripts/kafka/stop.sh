#!/usr/bin/env bash
# Stops the Apache Kafka that start.sh started in RUN_DIR and removes RUN_DIR. Harmless when it has ended already.
set -euo pipefail

run=${1:?usage: stop.sh RUN_DIR}
[ -d "$run" ] || exit 0
run=$(cd "$run" && pwd)
pid=$(cat "$run/pid" 2>/dev/null || true)

# A process id may have been given to another process since: the command line must name this very run.
is_ours() {
  [ -n "$pid" ] && tr '\0' ' ' <"/proc/$pid/cmdline" 2>/dev/null | grep -qF "kafka.Kafka $run/server.properties"
}

if is_ours; then
  kill -TERM "$pid" 2>/dev/null || true
  tries=0
  while is_ours; do
    tries=$((tries + 1))
    # The data is thrown away, so after ten seconds nothing is lost by force.
    [ "$tries" -lt 100 ] || kill -KILL "$pid" 2>/dev/null || true
    sleep 0.1
  done
fi
rm -rf "$run"

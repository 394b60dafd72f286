#!/usr/bin/env bash
# Starts one Apache Kafka (KRaft, one node, loopback only) for tests and benches.
#
#   brokers=$(scripts/kafka/start.sh RUN_DIR)     prints host:port once the broker serves
#   scripts/kafka/stop.sh RUN_DIR                 stops it and removes RUN_DIR
#
# The jars are fetched once by Maven into target/tools/kafka/libs. All data lives in RUN_DIR, which must not exist yet.
# Several copies can run side by side. Exit 3: Java or Maven is missing (the message names the command); 1: it failed.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
tools=$root/target/tools/kafka
libs=$tools/libs
install_command='apt-get install openjdk-17-jre-headless maven'
# Warnings only, but for the one line that says that the server has started.
java=(java -Xmx512m -Dorg.slf4j.simpleLogger.defaultLogLevel=warn
  -Dorg.slf4j.simpleLogger.log.kafka.server.KafkaRaftServer=info -cp "$libs/*")

say() { printf 'kafka: %s\n' "$*" >&2; }

missing() {
  say "$1; install it with: $install_command"
  exit 3
}

need_java() {
  command -v java >/dev/null 2>&1 || missing 'java is not installed, 17 or newer is needed'
  local major
  # The first line reads: openjdk version "17.0.15" 2025-04-15
  major=$(java -version 2>&1 | sed -n 's/.* version "\([0-9]*\).*/\1/p' | head -n 1)
  [ "${major:-0}" -ge 17 ] || missing "java is version ${major:-unknown}, 17 or newer is needed"
}

# Fetches into a directory of its own and renames it, so that two copies started at once cannot see half a set of jars.
# The pom lies among the jars: when it changes, they are fetched again.
fetch_libs() {
  cmp -s "$here/pom.xml" "$libs/pom.xml" && return 0
  command -v mvn >/dev/null 2>&1 || missing 'mvn is not installed'
  say "fetching Apache Kafka by Maven into ${libs#"$root"/}"
  mkdir -p "$tools"
  local fresh
  fresh=$(mktemp -d "$tools/libs.XXXXXX")
  if ! mvn -q -B -f "$here/pom.xml" dependency:copy-dependencies \
    -DincludeScope=runtime -DoutputDirectory="$fresh" >"$tools/mvn.log" 2>&1; then
    tail -n 20 "$tools/mvn.log" >&2
    rm -rf "$fresh"
    say 'Maven could not fetch Apache Kafka'
    exit 1
  fi
  cp "$here/pom.xml" "$fresh/pom.xml"
  rm -rf "$libs"
  mv -T "$fresh" "$libs" 2>/dev/null || rm -rf "$fresh" # another copy was quicker: its jars are the same
}

# A run that was killed could not stop its Kafka. Its directory is named run-<process id>: whoever comes next cleans up.
stop_orphans() {
  local orphan owner
  for orphan in "$tools"/run-*; do
    owner=${orphan##*/run-}
    case $owner in '' | *[!0-9]*) continue ;; esac
    kill -0 "$owner" 2>/dev/null || "$here/stop.sh" "$orphan"
  done
}

# A free loopback port below the range from which the system takes ports for outgoing connections.
free_port() {
  local port
  while :; do
    port=$((20000 + RANDOM % 10000))
    if ! (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
      printf '%s\n' "$port"
      return 0
    fi
  done
}

# Nothing is deleted by age: tests write records with timestamps of years ago, which a retention of days would delete half a
# minute after the start.
write_properties() {
  local broker=$1 controller=$2
  cat >"$run/server.properties" <<PROPERTIES
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:$controller
listeners=PLAINTEXT://127.0.0.1:$broker,CONTROLLER://127.0.0.1:$controller
advertised.listeners=PLAINTEXT://127.0.0.1:$broker
controller.listener.names=CONTROLLER
inter.broker.listener.name=PLAINTEXT
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT
log.dirs=$run/data
num.partitions=6
auto.create.topics.enable=false
offsets.topic.replication.factor=1
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=4
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
log.retention.ms=-1
PROPERTIES
}

# The cluster id may be the same for all: every run has its own data directory and ports.
format() {
  "${java[@]}" kafka.tools.StorageTool format -t ZGF0ZWxpbmUtdGVzdHM0MQ \
    -c "$run/server.properties" >>"$run/kafka.log" 2>&1
}

# Waits until the server says that it started. Returns 1 when it ended instead, 2 when 60 seconds went by.
wait_until_started() {
  local tries=0
  until grep -q 'Kafka Server started' "$run/kafka.log"; do
    kill -0 "$pid" 2>/dev/null || return 1
    tries=$((tries + 1))
    [ "$tries" -lt 600 ] || return 2
    sleep 0.1
  done
}

run=${1:?usage: start.sh RUN_DIR}
[ ! -e "$run" ] || { say "$run exists already"; exit 1; }
need_java
stop_orphans
fetch_libs
mkdir -p "$run"
run=$(cd "$run" && pwd)

# Between the choice of a port and its use another process may take it: then the server ends, and other ports are tried.
for attempt in 1 2 3; do
  broker=$(free_port)
  controller=$(free_port)
  while [ "$controller" = "$broker" ]; do controller=$(free_port); done
  rm -rf "$run/data"
  : >"$run/kafka.log"
  write_properties "$broker" "$controller"
  format || break
  # All three streams go elsewhere: the caller reads our output to its end, which Java must not hold open.
  "${java[@]}" kafka.Kafka "$run/server.properties" </dev/null >>"$run/kafka.log" 2>&1 &
  pid=$!
  printf '%s\n' "$pid" >"$run/pid"
  outcome=0
  wait_until_started || outcome=$?
  if [ "$outcome" = 0 ]; then
    printf '127.0.0.1:%s\n' "$broker"
    exit 0
  fi
  grep -q 'Address already in use' "$run/kafka.log" || break
  say "attempt $attempt: the port was taken meanwhile"
done
tail -n 20 "$run/kafka.log" >&2
"$here/stop.sh" "$run"
say 'Apache Kafka did not start'
exit 1

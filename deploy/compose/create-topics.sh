#!/usr/bin/env bash
# Creates the topics of dateline where they are missing; for the service topics of docker-compose.yml.
#
# Environment: BROKERS (host:port), TOPICS (names, separated by spaces), PARTITIONS (of each topic).
# KAFKA_TOPICS names another program than the one of Apache Kafka's image.
set -euo pipefail

kafka_topics=${KAFKA_TOPICS:-/opt/kafka/bin/kafka-topics.sh}

for topic in $TOPICS; do
  "$kafka_topics" --bootstrap-server "$BROKERS" --create --if-not-exists --topic "$topic" \
    --partitions "$PARTITIONS" --replication-factor 1 --config retention.ms=86400000
done
"$kafka_topics" --bootstrap-server "$BROKERS" --list

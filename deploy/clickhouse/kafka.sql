-- Fills `records` (schema.sql) from the topic. Change the brokers, the topic if it has another name, and the group.
--
-- Committed records only: librdkafka reads `read_committed` unless the server's configuration says otherwise (README).

CREATE TABLE IF NOT EXISTS records_queue
(
    value String
)
ENGINE = Kafka
SETTINGS
    kafka_broker_list = 'localhost:9092',
    kafka_topic_list = 'articles.events',
    kafka_group_name = 'clickhouse-dateline',
    -- the record as it is, one row a message: nothing is parsed here, so that no record can block the topic
    kafka_format = 'RawBLOB',
    kafka_num_consumers = 1;

CREATE MATERIALIZED VIEW IF NOT EXISTS records_queue_to_records TO records AS
SELECT value, _partition AS partition, _offset AS offset, ifNull(_timestamp_ms, now64(3)) AS written_at
FROM records_queue;

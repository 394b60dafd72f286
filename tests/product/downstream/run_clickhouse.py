"""Runs the ClickHouse recipe on a file of records and prints what its views and queries answer, as JSON.

Usage: run_clickhouse.py deploy/clickhouse RECORDS.jsonl kafka|file

There is no server and no Kafka here. With `kafka` the records come through the materialised view of kafka.sql, whose source
is a plain table with the columns that the Kafka engine has; they arrive in two inserts, the later records first, and among
them stand messages that are no records. With `file` they come through the INSERT of the README.
"""

import json
import pathlib
import re
import sys

from chdb.session import Session

UNREADABLE = ["", "no JSON", "{\"id\": 5}", "{\"id\": \"ev-", "[1]"]


def statements(path):
    return [part for part in path.read_text().split(";\n") if part.strip()]


def rows(session, sql):
    return [json.loads(line) for line in str(session.query(sql.strip().rstrip(";"), "JSONEachRow")).splitlines()]


def quoted(text):
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def insert(session, messages):
    values = [f"({quoted(message)}, 3, {offset}, '2026-01-05 12:00:00.500')" for offset, message in messages]
    columns = "value, _partition, _offset, _timestamp_ms"
    session.query(f"INSERT INTO records_queue ({columns}) VALUES {', '.join(values)}")


def fill_from_queue(session, recipe, records):
    queue, view = statements(recipe / "kafka.sql")
    assert "ENGINE = Kafka" in queue
    engine_columns = "value String, _partition UInt64, _offset UInt64, _timestamp_ms Nullable(DateTime64(3))"
    session.query(f"CREATE TABLE records_queue ({engine_columns}) ENGINE = Memory")
    session.query(view)
    lines = pathlib.Path(records).read_text().splitlines()
    messages = list(enumerate(lines + UNREADABLE))
    middle = len(messages) // 2
    insert(session, messages[middle:])
    insert(session, messages[:middle])


def fill_from_file(session, recipe, records):
    block = re.search(r"```sql\n(INSERT INTO records .*?);?\n```", (recipe / "README.md").read_text(), re.DOTALL)
    session.query(block.group(1).replace("'events.jsonl'", quoted(records)))


def main(recipe, records, way):
    recipe = pathlib.Path(recipe)
    session = Session()
    session.query("SET output_format_json_quote_64bit_integers = 0")
    session.query("SET output_format_json_quote_denormals = 0")
    for statement in statements(recipe / "schema.sql"):
        session.query(statement)
    {"kafka": fill_from_queue, "file": fill_from_file}[way](session, recipe, records)
    queries = {}
    for part in (recipe / "queries.sql").read_text().split("-- name: ")[1:]:
        name, query = part.split("\n", 1)
        queries[name] = rows(session, query)
    pair_order = "id, actor_number NULLS LAST, recipient_number NULLS LAST"
    answer = {
        "events": rows(session, "SELECT * FROM events ORDER BY id"),
        "dyads": rows(session, f"SELECT * FROM dyads ORDER BY {pair_order}"),
        "queries": queries,
    }
    session.close()
    json.dump(answer, sys.stdout)


main(*sys.argv[1:])

"""Runs the DuckDB recipe on a file of records and prints what its views and queries answer, as JSON.

Usage: run_duckdb.py deploy/duckdb RECORDS.jsonl
"""

import json
import pathlib
import sys

import duckdb


def rows(connection, sql):
    cursor = connection.execute(sql)
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row)) for row in cursor.fetchall()]


def main(recipe, records):
    recipe = pathlib.Path(recipe)
    connection = duckdb.connect()
    quoted = records.replace("'", "''")
    connection.execute(f"SET VARIABLE dateline_events = '{quoted}'")
    connection.execute((recipe / "events.sql").read_text())
    queries = {}
    for part in (recipe / "queries.sql").read_text().split("-- name: ")[1:]:
        name, query = part.split("\n", 1)
        queries[name] = rows(connection, query)
    answer = {
        "events": rows(connection, "FROM events ORDER BY id"),
        "dyads": rows(connection, "FROM dyads ORDER BY id, actor_number NULLS LAST, recipient_number NULLS LAST"),
        "queries": queries,
    }
    json.dump(answer, sys.stdout, default=str)


main(*sys.argv[1:])

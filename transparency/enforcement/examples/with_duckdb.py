"""Trains on clicks, without those of members who refused: DuckDB joins two Parquet files, pandas takes the result.

    TRANSPARENCY_URL=https://transparency.example TRANSPARENCY_KEY=tr_... \
        python -m transparency.enforcement.examples.with_duckdb clicks.parquet job-ranking training run-4711

Needs duckdb and pandas. Where this ends with an error, nobody's clicks may be used.
"""

import os
import sys
from datetime import UTC, datetime

import duckdb
import pandas as pd

from transparency.enforcement.client import BadMembers, Client, Kind

# Of a leave-out list everybody else may be used; of a may-use list nobody else.
JOIN = {Kind.LEAVE_OUT: "ANTI", Kind.MAY_USE: "SEMI"}
# A row without a member is nobody's whom we could ask: an anti-join would let it pass.
QUERY = """
SELECT clicks.* FROM read_parquet($clicks) AS clicks
{join} JOIN read_parquet($listed) AS listed ON {clicks} = {listed}
WHERE clicks.member IS NOT NULL
"""
AS_THEY_ARE = {"clicks": "clicks.member", "listed": "listed.member"}
AS_TEXT = {name: f"CAST({column} AS VARCHAR)" for name, column in AS_THEY_ARE.items()}
TEXT = "VARCHAR"
INTEGERS = {f"{sign}{size}INT" for sign in ("", "U") for size in ("TINY", "SMALL", "BIG", "HUGE")}
INTEGERS |= {"INTEGER", "UINTEGER"}


def usable(client: Client, clicks: str) -> pd.DataFrame:
    """The rows of a Parquet file with a column ``member`` that may be used now. Raises ``CannotTell``."""
    suppressions = client.suppressions()
    listed = str(suppressions.path)
    # A list with textual keys holds the integers as text too, in their shortest spelling.
    columns = AS_TEXT if TEXT in {kind_of(clicks), kind_of(listed)} else AS_THEY_ARE
    query = QUERY.format(join=JOIN[suppressions.kind], **columns)
    return duckdb.execute(query, {"clicks": clicks, "listed": listed}).df()


def kind_of(path: str) -> str:
    """The type of the column ``member``. Raises ``BadMembers`` for one whose values would meet no key on a list.

    7.0 is not 7 once both are text, and an anti-join lets pass whoever meets nobody. Integers turn into such numbers
    where a program that knows no empty integers, pandas for one, wrote a column in which some are missing.
    """
    kind = str(duckdb.read_parquet(path).select("member").types[0])
    if kind == TEXT or kind in INTEGERS:
        return kind
    raise BadMembers(f"Members are integers or text; these are of type {kind}.")


def main(clicks: str, feature: str, stage: str, run: str) -> None:
    started = datetime.now(UTC)
    url, key = os.environ["TRANSPARENCY_URL"], os.environ["TRANSPARENCY_KEY"]
    client = Client(url, key, feature, stage, max_age=0)  # each run asks for the newest choices
    rows = usable(client, clicks)
    count = "SELECT count(DISTINCT member) FROM read_parquet($clicks)"
    seen = duckdb.execute(count, {"clicks": clicks}).fetchall()[0][0]
    train(rows)
    kept = int(rows.member.nunique())
    client.acknowledge(run, started_at=started, members_seen=seen, members_left_out=seen - kept)


def train(rows: pd.DataFrame) -> None:
    """Where your own training begins."""
    sys.stdout.write(f"Training on {len(rows)} clicks of {rows.member.nunique()} members.\n")


if __name__ == "__main__":
    main(*sys.argv[1:])

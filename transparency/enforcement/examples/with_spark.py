"""Trains on clicks, without those of members who refused: Spark joins two Parquet files, however large.

    TRANSPARENCY_URL=https://transparency.example TRANSPARENCY_KEY=tr_... \
        python -m transparency.enforcement.examples.with_spark clicks.parquet job-ranking training run-4711

Needs pyspark and Java. The list is fetched by the driver; on a cluster, give ``Client`` a ``folder`` that every machine
reads. Where this ends with an error, nobody's clicks may be used.
"""

import os
import sys
from datetime import UTC, datetime

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.functions import col, count_distinct

from transparency.enforcement.client import BadMembers, Client, Kind

# Of a leave-out list everybody else may be used; of a may-use list nobody else.
JOIN = {Kind.LEAVE_OUT: "left_anti", Kind.MAY_USE: "left_semi"}
TEXT, INTEGERS = "string", {"tinyint", "smallint", "int", "bigint"}


def usable(client: Client, clicks: DataFrame) -> DataFrame:
    """The rows, of those with a column ``member``, that may be used now. Raises ``CannotTell``."""
    suppressions = client.suppressions()
    listed = clicks.sparkSession.read.parquet(str(suppressions.path))
    # A row without a member is nobody's whom we could ask: an anti-join would let it pass.
    known = clicks.where(col("member").isNotNull())
    # A list with textual keys holds the integers as text too, in their shortest spelling.
    kind = TEXT if TEXT in {kind_of(clicks), kind_of(listed)} else "bigint"
    same = known["member"].cast(kind) == listed["member"].cast(kind)
    return known.join(listed, same, JOIN[suppressions.kind])


def kind_of(rows: DataFrame) -> str:
    """The type of the column ``member``. Raises ``BadMembers`` for one whose values would meet no key on a list.

    7.0 is not 7 once both are text, and an anti-join lets pass whoever meets nobody.
    """
    kind: str = dict(rows.dtypes)["member"]
    if kind == TEXT or kind in INTEGERS:
        return kind
    raise BadMembers(f"Members are integers or text; these are of type {kind}.")


def main(clicks: str, feature: str, stage: str, run: str) -> None:
    started = datetime.now(UTC)
    url, key = os.environ["TRANSPARENCY_URL"], os.environ["TRANSPARENCY_KEY"]
    client = Client(url, key, feature, stage, max_age=0)  # each run asks for the newest choices
    spark = SparkSession.builder.appName("job ranking").getOrCreate()
    rows = spark.read.parquet(clicks)
    kept = usable(client, rows)
    train(kept)
    seen = rows.select(count_distinct("member")).first()[0]
    left = kept.select(count_distinct("member")).first()[0]
    client.acknowledge(run, started_at=started, members_seen=seen, members_left_out=seen - left)
    spark.stop()


def train(rows: DataFrame) -> None:
    """Where your own training begins."""
    members = rows.select(count_distinct("member")).first()[0]
    sys.stdout.write(f"Training on {rows.count()} clicks of {members} members.\n")


if __name__ == "__main__":
    main(*sys.argv[1:])

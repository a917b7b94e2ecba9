"""Trains on clicks, without those of members who refused: a DataFrame is filtered where it is.

    TRANSPARENCY_URL=https://transparency.example TRANSPARENCY_KEY=tr_... \
        python -m transparency.enforcement.examples.with_pandas clicks.parquet job-ranking training run-4711

Needs pandas. Where this ends with an error, nobody's clicks may be used.
"""

import os
import sys
from datetime import UTC, datetime

import pandas as pd

from transparency.enforcement.client import Client


def main(clicks: str, feature: str, stage: str, run: str) -> None:
    started = datetime.now(UTC)
    url, key = os.environ["TRANSPARENCY_URL"], os.environ["TRANSPARENCY_KEY"]
    client = Client(url, key, feature, stage, max_age=0)  # each run asks for the newest choices
    rows = pd.read_parquet(clicks)
    members = rows.member.drop_duplicates()
    usable = client.filter(members)  # or, row by row: client.filter(rows, column="member")
    train(rows[rows.member.isin(usable)])
    client.acknowledge(run, started_at=started)


def train(rows: pd.DataFrame) -> None:
    """Where your own training begins."""
    sys.stdout.write(f"Training on {len(rows)} clicks of {rows.member.nunique()} members.\n")


if __name__ == "__main__":
    main(*sys.argv[1:])

"""Tandem's three training pipelines. One obeys, one is behind, one goes its own way; nothing tells the site which.

Each counts how often words stand in what members wrote, which is all the model that a demo needs, and says what it did.
The first two do so through the client that every company's pipelines would use.
"""

import json
import os
import shutil
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from pyarrow import parquet

from transparency.enforcement.client import ACKNOWLEDGEMENTS, Client
from transparency.enforcement.pulling.connection import Connection

MEMBERS = range(1_000_000, 1_002_000)  # Mia and Max are among them
WORDS = ("python", "nursing", "welding", "teaching", "logistics", "design", "law")
AGREED_AGE = 120  # seconds that choices may be old, by what each pipeline agreed to
COPIED_EVERY = 400  # seconds, by the pipeline that is behind
PATIENCE = 60  # seconds; no longer, for these wait in the worker that may have to make the list


@dataclass(frozen=True)
class Training:
    """A pipeline: its short name, what people call it, and what it is for."""

    slug: str
    name: str
    feature: str
    stage: str


JOBS = Training("jobs-training", "Job recommendations, training", "job-recommendations", "training")
COURSES = Training("courses-training", "Course tips, training", "course-tips", "training")
FEED = Training("feed-training", "Feed, training", "feed", "training")
ALL = (JOBS, COURSES, FEED)


def _client(training: Training, url: str, key: str, folder: Path) -> Client:
    return Client(url, key, training.feature, training.stage, max_age=0, folder=folder, patience=PATIENCE)


def obey(training: Training, url: str, key: str, folder: Path) -> None:
    """Leave out whoever refused, train, and say so. Raises the client's ``CannotTell``, and has then used nobody."""
    client = _client(training, url, key, folder)
    started = datetime.now(UTC)
    train(client.filter(list(MEMBERS)))
    client.acknowledge(run_name(training, started), started_at=started)


def lag(training: Training, url: str, key: str, folder: Path) -> None:
    """The same by a copy of the list that is made every few minutes only: longer than this pipeline agreed to."""
    started, copy, about = datetime.now(UTC), folder / "copy.parquet", folder / "copy.json"
    if not about.exists() or started.timestamp() - json.loads(about.read_text())["at"] > COPIED_EVERY:
        found = _client(training, url, key, folder).suppressions()
        shutil.copyfile(found.path, copy)
        about.write_text(json.dumps({"at": started.timestamp(), "sequence": found.sequence, "edition": found.edition}))
    # One textual key on the list makes text of all of them, in their shortest spelling: as text they always compare.
    listed = set(map(str, parquet.read_table(copy)["member"].to_pylist()))
    usable = [member for member in MEMBERS if str(member) not in listed]
    train(usable)
    known = json.loads(about.read_text())
    acknowledge(training, url, key, started, known["sequence"], known["edition"], len(MEMBERS) - len(usable))


def ignore(training: Training, url: str, key: str, sequence: int) -> None:
    """Train with everybody, as if nobody had chosen anything since the list of the day it was set up."""
    started = datetime.now(UTC)
    train(MEMBERS)
    acknowledge(training, url, key, started, sequence, 1, 0)


def acknowledge(
    training: Training, url: str, key: str, started: datetime, sequence: int, edition: int, left_out: int
) -> None:
    """Say what a run did that went past the client."""
    said = {
        "run": run_name(training, started),
        "feature": training.feature,
        "stage": training.stage,
        "sequence": sequence,
        "edition": edition,
        "members_seen": len(MEMBERS),
        "members_left_out": left_out,
        "started_at": started.isoformat(),
        "ended_at": datetime.now(UTC).isoformat(),
    }
    Connection(url, key, PATIENCE, PATIENCE).post(ACKNOWLEDGEMENTS, said)


def train(members: Sequence[int]) -> Counter[str]:
    """How many of these members care for which word."""
    return Counter(WORDS[member % len(WORDS)] for member in members)


def run_name(training: Training, started: datetime) -> str:
    return f"{training.slug}-{started:%Y%m%dT%H%M%S}-{os.getpid()}"

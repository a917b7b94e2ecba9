"""Runs and statements that are complete unless a test says otherwise."""

from dataclasses import dataclass
from datetime import timedelta

import msgspec
import numpy as np

from tests.consent.builders import LATER
from transparency.enforcement import bits
from transparency.enforcement.acknowledgements import Statement
from transparency.enforcement.actions import acknowledge, record_delivery
from transparency.enforcement.models import Pipeline

TRAINING = {"feature": "job-ranking", "stage": "training"}
HOUR = timedelta(hours=1)


def said(**fields):
    """What a pipeline says of a run, as JSON values: it began an hour after ``LATER`` and took a minute."""
    usual = {
        "run": "run-1",
        "sequence": 0,
        "edition": 1,
        "members_seen": 100,
        "members_left_out": 1,
        "started_at": (LATER + HOUR).isoformat(),
        "ended_at": (LATER + HOUR + timedelta(minutes=1)).isoformat(),
    }
    return TRAINING | usual | fields


def turned_bits(plane, changes):
    """What pairs of a position and whether it is on, in their order, change in a plane."""
    order, rising = bits.rising(np.array([at for at, _ in changes], dtype=np.int64))
    spots = bits.spots(rising)
    return bits.turned(plane, spots, np.array([on for _, on in changes], dtype=bool)[order][spots.last])


def put_bits(plane, changes):
    """Applies the same; gives what is to be added to the sum."""
    found = turned_bits(plane, changes)
    bits.put(plane, found)
    return found.difference


@dataclass
class Runs:
    """Gives a pipeline choices, and acknowledges its runs one after the other; moments are hours after ``LATER``."""

    pipeline: Pipeline
    number: int = 0

    def given(self, sequence, hours=0.0, **pair):
        at = LATER + hours * HOUR
        record_delivery(pipeline=self.pipeline, sequence=sequence, at=at, **(TRAINING | pair))
        return self

    def ran(self, sequence, hours=0.0, **fields):
        """A run that began so many hours after ``LATER`` and applied this sequence."""
        self.number += 1
        began = LATER + hours * HOUR
        moments = {"started_at": began.isoformat(), "ended_at": (began + HOUR / 60).isoformat()}
        statement = msgspec.convert(said(run=f"run-{self.number}", sequence=sequence, **moments) | fields, Statement)
        return acknowledge(pipeline=self.pipeline, statement=statement, at=began + HOUR / 30)[0]

import threading

import pytest

from tests.consent.builders import LATER
from tests.register.builders import register
from transparency.enforcement.renewing import Errand


@pytest.fixture
def christmas(time_machine):
    """The clock stands at a day long after the edition, and goes on from there."""
    time_machine.move_to(LATER, tick=True)


@pytest.fixture
def site(transactional_db, publish, monkeypatch):
    """One edition, and nobody has chosen anything. Projections that are made anew are, by the end of the test."""
    errand = Errand("renews projections")
    monkeypatch.setattr("transparency.enforcement.projections._renewals", errand)
    yield publish(register())
    for thread in threading.enumerate():
        if thread.name == errand.name:
            thread.join()

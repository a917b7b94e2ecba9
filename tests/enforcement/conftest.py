import pytest

from tests.consent.builders import LATER
from tests.register.builders import register
from transparency.enforcement.renewing import Errand


@pytest.fixture
def site(time_machine, transactional_db, publish, monkeypatch):
    """One edition, at Christmas, and nobody has chosen anything; nobody makes projections anew beside the test."""
    time_machine.move_to(LATER, tick=True)
    monkeypatch.setattr("transparency.enforcement.projections._renewals", Errand("renews projections"))
    publish(register())

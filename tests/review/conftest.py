from datetime import timedelta

import pytest

from tests.register.builders import NOON, Press, register
from transparency.review import actions


@pytest.fixture
def published(ines, time_machine):
    """Edition 1 is in force; it is a day later."""
    edition = Press(ines)(register())
    time_machine.move_to(NOON + timedelta(days=1))
    return edition


@pytest.fixture
def draft(published, otto):
    """Otto's empty proposal."""
    return actions.start_proposal(by=otto, title="Shorter retention")

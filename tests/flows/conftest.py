import pytest

from tests.flows.scheduled import LONGER, MARCH, NOW, content
from tests.register.builders import Press


@pytest.fixture
def press_edition(ines):
    return Press(ines)


@pytest.fixture
def one_waits(press_edition, settings, time_machine):
    """Edition 1 says 13 months. Edition 2, published on 25 November, says 2 years from 1 March."""
    settings.STAFF_SECOND_FACTOR = False
    settings.NOTICE_DAYS = 30
    press_edition(content())
    press_edition(content(**LONGER), effective_at=MARCH)
    time_machine.move_to(NOW, tick=False)

import pytest

from tests.consent.builders import Chooser
from tests.register.builders import Press


@pytest.fixture
def publish(ines):
    """Publishes a register as the next edition."""
    return Press(ines)


@pytest.fixture
def chooses(db):
    """Makes choices for Mia, whose member key is 7, unless another is named."""
    return Chooser()

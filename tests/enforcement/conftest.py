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


@pytest.fixture(autouse=True)
def projections(tmp_path, settings):
    """Where the projections of this test are kept; there are none yet."""
    settings.PROJECTIONS_DIR = tmp_path / "projections"
    settings.PROJECTIONS_BOUND = 2**15
    return settings.PROJECTIONS_DIR

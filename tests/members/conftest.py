import pytest

from tests.register.builders import Press


@pytest.fixture
def publish(ines):
    """Publishes a register as the next edition."""
    return Press(ines)

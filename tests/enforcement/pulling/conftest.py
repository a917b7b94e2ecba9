import pytest

from tests.enforcement.pulling.site import KEY, Running, Site
from transparency.enforcement.client import Client


@pytest.fixture
def running():
    """The site as a server that can go away."""
    one = Running(Site())
    yield one
    one.stop()


@pytest.fixture
def site(running):
    """What the site knows, and how it misbehaves."""
    return running.site


@pytest.fixture
def pip(running, tmp_path):
    """Makes clients for Pip, the pipeline, which share a folder; each asks anew at every question."""

    def make(**settings):
        usual = {"max_age": 0, "folder": tmp_path, "timeout": 20, "pipeline": "nightly"}
        return Client(running.url, KEY, "job-ranking", "training", **(usual | settings))

    return make


@pytest.fixture
def by_itself(running, tmp_path):
    """A client that was told nothing of how old its list may be."""
    return Client(running.url, KEY, "job-ranking", "training", folder=tmp_path)

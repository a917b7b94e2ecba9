import os
import shutil
from datetime import timedelta

import pytest
from django.utils import timezone

from transparency.demo.register import first_edition
from transparency.register.actions import publish_edition

BROWSER = next(filter(None, map(shutil.which, ("chromium", "google-chrome"))), None)
# Playwright's own loop runs in this thread, which makes Django think that the tests are asynchronous.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args):
    if BROWSER is None and os.environ.get("CI"):
        pytest.fail("No Chromium was found; CI must have one.")
    if BROWSER is None:
        pytest.skip("No Chromium was found on this machine.")
    quiet = ["--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"]
    where = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-dev-shm-usage"]
    return {**browser_type_launch_args, "executable_path": BROWSER, "headless": True, "args": [*where, *quiet]}


@pytest.fixture(scope="session")
def base_url():
    """None: each test names the whole address of its own server. The plugin's is of a kind that pytest 10 refuses."""


@pytest.fixture
def site(live_server, transactional_db, person):
    """A live site with the sample company's first edition."""
    at = timezone.now() - timedelta(days=1)
    words = {"base": 0, "authors": ["Otto"], "approver": "Ines", "effective_at": at, "at": at}
    publish_edition(by=person("Ines", "reviewer"), register=first_edition(), **words)
    return live_server.url


@pytest.fixture
def complaints(page):
    """What the browser complained about: blocked styles and scripts, missing files, errors."""
    heard = []
    page.on("console", lambda message: heard.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: heard.append(str(error)))
    return heard


@pytest.fixture
def transferred(page):
    """How many bytes came over the line for each thing that a page loads."""
    sizes = []
    line = page.context.new_cdp_session(page)
    line.send("Network.enable")
    line.on("Network.loadingFinished", lambda told: sizes.append(told["encodedDataLength"]))
    return sizes

"""The people that every test may ask for."""

import gc
import uuid
from datetime import UTC, datetime

import pytest
from allauth.account.authentication import AUTHENTICATION_METHODS_SESSION_KEY
from django.conf import settings
from django.contrib.auth import login
from django.http import HttpRequest
from django.test import Client
from django.utils import timezone
from hypothesis import HealthCheck
from hypothesis import settings as profiles

from tests.consent.builders import Chooser
from tests.emptying import _tables_are_emptied  # noqa: F401 - a fixture
from tests.prepared import _missing, django_db_setup  # noqa: F401 - fixtures
from tests.register.builders import Press, feature, register
from tests.workers import processes  # noqa: F401 - a fixture
from transparency.accounts import bells, proof
from transparency.accounts.models import User
from transparency.accounts.stored import SessionStore
from transparency.enforcement.actions import register_pipeline
from transparency.enforcement.renewing import Errand

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
# How quick this machine is at the moment says nothing of what is tested.
profiles.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
profiles.load_profile("any machine")


class Browser(Client):
    """Whoever is signed in without the form has proved a moment ago who they are, as with the form."""

    def force_login(self, user, backend=None):
        """As Django does it, which wrote the session three times more, and its cookie with all that nobody sends."""
        known, now = self.cookies.get(settings.SESSION_COOKIE_NAME), timezone.now()
        request = HttpRequest()
        request.session = session = SessionStore(known and known.value)
        login(request, user, backend or settings.AUTHENTICATION_BACKENDS[0])
        proof.begin(session, now)
        session[AUTHENTICATION_METHODS_SESSION_KEY] = [{"method": "password", "at": now.timestamp()}]
        session.save()
        self.cookies[settings.SESSION_COOKIE_NAME] = session.session_key


class Idle(Errand):
    """An errand that nobody begins."""

    def begin(self, act):
        pass


@pytest.hookimpl(wrapper=True)
def pytest_collection():
    """What is imported and collected stays until the end: nobody looks through it for garbage, then or in any test.

    Half a million things were looked through again and again: a twentieth of what the tests of a page compute.
    """
    gc.disable()
    try:
        return (yield)
    finally:
        gc.collect()
        gc.freeze()
        gc.enable()


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items):
    """Browsers last: once one runs, nothing else in its process can start a loop of asyncio.

    Of both the long ones first, which have a time of their own: nobody waits for them at the end.
    """
    items.sort(key=lambda item: ("browser" in item.keywords, item.get_closest_marker("timeout") is None))


@pytest.fixture
def client():
    return Browser()


def somebody(name, role, **more):
    """A named person with a role."""
    known = {"name": name, "role": role, "role_since": LONG_AGO}
    return User.objects.create_user(f"{name.lower()}@tandem.example", "correct horse battery", **known | more)


@pytest.fixture
def person(db):
    """Makes a named person with a role."""
    return somebody


@pytest.fixture
def mia(person):
    """Mia, the member."""
    return person("Mia", "member", member_key="1000001")


@pytest.fixture
def max(person):
    """Max, another member."""
    return person("Max", "member", member_key="1000002")


@pytest.fixture
def otto(person):
    """Otto, the editor."""
    return person("Otto", "editor")


@pytest.fixture
def olga(person):
    """Olga, another editor."""
    return person("Olga", "editor")


@pytest.fixture
def ines(person):
    """Ines, the reviewer."""
    return person("Ines", "reviewer")


@pytest.fixture
def ada(person):
    """Ada, the auditor."""
    return person("Ada", "auditor")


@pytest.fixture
def amir(person):
    """Amir, the administrator."""
    return person("Amir", "administrator")


@pytest.fixture
def publish(ines):
    """Publishes a register as the next edition."""
    return Press(ines)


@pytest.fixture
def chooses(db):
    """Makes choices for Mia, whose member key is 7, unless another is named."""
    return Chooser()


@pytest.fixture
def published(publish):
    """An edition with two features. Job recommendations are trained on messages, which members may refuse."""
    features = (feature(), feature("writing-assistant", name="Writing assistant"))
    return publish(register(features=features))


@pytest.fixture
def pip(amir, published):
    """Pip, the pipeline that trains job recommendations."""
    told = {"slug": "pip", "name": "Pip, nightly training", "contact": "#jobs-ml", "max_age": 3600}
    return register_pipeline(by=amir, assignments=[("job-ranking", "training")], **told)


@pytest.fixture(autouse=True)
def _bells_are_heard():
    """A broker that failed in one test is tried again in the next."""
    bells._failed_at.clear()


@pytest.fixture(autouse=True, scope="session")
def _nothing_is_done_beside_a_test():
    """No thread makes projections anew or looks for damage: it would outlive its test, and find no database."""
    with pytest.MonkeyPatch.context() as patched:
        for errand in ("_renewals", "_checks"):
            patched.setattr(f"transparency.enforcement.projections.{errand}", Idle("idle"))
        yield


@pytest.fixture(autouse=True)
def projections(tmp_path_factory):
    """Where the projections of this test are kept; there are none yet.

    They, its log and its drawings lie in a folder of this test alone that nobody has made yet: most tests write
    nothing, and of thousands that pytest makes, it would look through all for each next one's number. Nobody listens
    for a change of these settings, which all tests have: Django would tell two dozen receivers of each, twice.
    """
    own = tmp_path_factory.getbasetemp() / "own" / uuid.uuid4().hex
    ours = {"LEDGER_DIR": own / "ledger", "GRAPH_DIR": own / "graphs", "PROJECTIONS_DIR": own / "projections"}
    ours["PROJECTIONS_BOUND"] = 2**15
    before = {name: getattr(settings, name) for name in ours}
    for name, value in ours.items():
        setattr(settings, name, value)
    yield own / "projections"
    for name, value in before.items():
        setattr(settings, name, value)

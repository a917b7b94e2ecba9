"""A catalog that lies, stalls or breaks, read as it is in production: what was known stands, and the next good reading
mends it, without a person unless the data was in doubt."""

import os
import signal
from datetime import timedelta

import pytest
from django.conf import settings as configured
from django.db import connection
from django.utils import timezone
from redis import Redis

from tests.catalog.builders import Shelf
from tests.catalog.test_killed_workers import Killed
from tests.workers import wait_until
from transparency.catalog import actions, queries
from transparency.catalog.actions import refreshing
from transparency.catalog.connectors import ASKED, connector_for, datahub_questions, marquez, openmetadata
from transparency.catalog.connectors.base import SourceUnreadable
from transparency.catalog.connectors.http import reader, retrying
from transparency.catalog.keys import model_key
from transparency.catalog.models import Asset, Binding, ClassificationRule, Flow, Observation, Refresh, Source
from transparency.catalog.tasks import refresh_source
from transparency.demo.catalogs import datahub
from transparency.demo.catalogs import openmetadata as fakes
from transparency.demo.catalogs.company import MODELS
from transparency.demo.catalogs.faults import Fault
from transparency.demo.catalogs.marquez import marquez as shape
from transparency.demo.catalogs.server import FakeCatalog

State = Refresh.State
MINUTE = timedelta(minutes=1)
UNREADABLE = [
    Fault.SILENT, Fault.DRIPS, Fault.BROKEN, Fault.BUSY_FOR_A_DAY, Fault.BUSY_SOMEHOW, Fault.BUSY_BACKWARDS,
    Fault.LOCKED, Fault.CUT, Fault.CUT_CHUNK, Fault.HALF_JSON, Fault.SIGN_IN_PAGE, Fault.NOT_ZIPPED, Fault.BOMB,
    Fault.HUGE, Fault.DEEP, Fault.LOOP, Fault.ELSEWHERE, Fault.FIELD_GONE,
]  # fmt: skip
DOUBTFUL = [Fault.SAME_PAGE, Fault.SHRINKS, Fault.LESS, Fault.OVERLAPS, Fault.TAG_RENAMED, Fault.HALF_GONE]
SHAPES = {
    "marquez": (shape, ""),
    "openmetadata": (fakes.openmetadata, fakes.SERVICES),
    "datahub": (datahub.datahub, datahub.NAMESPACES),
}


class Lineage:
    """A source that reads a fake; with rules and a binding, so that something is observed."""

    def __init__(self, fake, source):
        self.fake, self.source = fake, source

    def reads(self):
        """A refresh with all of its attempts; returns it as it ended."""
        asked = actions.request_refresh(by=None, source=self.source)
        for _ in range(refreshing.ATTEMPTS):
            try:
                actions.refresh(refresh_id=asked.pk, connector_for=connector_for)
                break
            except SourceUnreadable:
                continue
        actions.recompute(at=timezone.now())
        asked.refresh_from_db()
        return asked

    def stands(self):
        """All that is known: rows with the number of the transaction that wrote each, and what is observed."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT xmin, key FROM catalog_asset UNION ALL SELECT xmin, id::text FROM catalog_flow")
            return sorted(cursor.fetchall()), list(Observation.objects.values_list("category", "feature", "seen"))


@pytest.fixture(autouse=True)
def quickly(monkeypatch, settings):
    """Waits are as many as ever, and short; and nobody minds how many questions come in a second."""
    settings.CATALOG_REQUESTS_PER_SECOND = 10_000
    monkeypatch.setattr(retrying, "FIRST", 0.01)
    monkeypatch.setattr(retrying, "LONGEST", 0.02)
    monkeypatch.setattr(marquez, "PAGE", 10)
    monkeypatch.setattr(openmetadata, "PAGE", 10)
    monkeypatch.setattr(datahub_questions, "PAGE", 10)


@pytest.fixture
def lineage_of(db, settings):
    """Makes a source of a kind, and the catalog that it reads."""
    opened = []

    def make(kind):
        told, namespace = SHAPES[kind]
        fake = FakeCatalog(told()).__enter__()
        opened.append(fake)
        settings.CATALOG_PRIVATE_HOSTS = [fake.host]
        ClassificationRule.objects.create(position=1, matches="tag", pattern="personal_data?articles", category="posts")
        Binding.objects.create(key=model_key(MODELS, "search-training"), feature="search", stage="training")
        source = Source.objects.create(
            slug="search", name="Search", connector=kind, location=fake.url, namespace=namespace, whole_every_hours=0
        )
        return Lineage(fake, source)

    yield make
    for fake in opened:
        fake.__exit__()


@pytest.fixture
def lineage(lineage_of):
    return lineage_of("marquez")


@pytest.mark.parametrize("kind", sorted(SHAPES))
def test_what_a_catalog_shows_is_observed(lineage_of, kind):
    lineage = lineage_of(kind)
    assert lineage.reads().state == State.SUCCEEDED
    assert lineage.stands()[1] == [("posts", "search", True)]


@pytest.mark.parametrize(
    ("kind", "end"), [("marquez", "/api/v1"), ("openmetadata", "/api"), ("openmetadata", "/api/v1/")]
)
def test_an_address_that_was_copied_with_the_path_of_the_api_is_the_same(lineage_of, kind, end):
    lineage = lineage_of(kind)
    lineage.source.location += end
    lineage.source.save()
    assert lineage.reads().state == State.SUCCEEDED


def outlived(lineage, fault, monkeypatch):
    """How the reading with this fault ended, and whether all is as it was before, then and after the next good one."""
    before, good = lineage.stands(), Source.objects.get().last_good_at
    # Before each catalog was asked for all that has the field which goes.
    lineage.fake.fault, lineage.fake.after = fault, len(lineage.fake.asked) + 2
    with monkeypatch.context() as impatient:
        impatient.setattr(reader, "AT_MOST", 0.2 if fault in (Fault.SILENT, Fault.DRIPS) else 90)
        failed = lineage.reads()
    stood, is_a_sentence = lineage.stands() == before, failed.error.endswith((".", "?"))
    (health,) = queries.sources(good + timedelta(hours=25))
    says_since = (health.last_good_at, health.stale_since) == (good, good + timedelta(hours=24))
    lineage.fake.fault = None
    mended = lineage.reads().state == State.SUCCEEDED and lineage.stands() == before
    return failed.state, stood, is_a_sentence, says_since, mended and Source.objects.get().last_good_at > good


@pytest.mark.parametrize("kind", sorted(SHAPES))
def test_what_was_known_stands_and_the_next_good_reading_mends_it(lineage_of, monkeypatch, kind):
    lineage = lineage_of(kind)
    lineage.reads()
    found = {fault: outlived(lineage, fault, monkeypatch) for fault in UNREADABLE}
    assert found == dict.fromkeys(UNREADABLE, (State.FAILED, True, True, True, True))


@pytest.mark.parametrize("kind", sorted(SHAPES))
def test_a_catalog_that_is_busy_for_a_moment_is_asked_again(lineage_of, kind):
    lineage = lineage_of(kind)
    lineage.reads()
    before = lineage.stands()
    lineage.fake.fault, lineage.fake.after = Fault.BUSY, len(lineage.fake.asked) + 2
    lineage.fake.until = lineage.fake.after + 1
    assert (lineage.reads().state, lineage.stands()) == (State.SUCCEEDED, before)


def doubted(lineage, fault):
    """How two readings with this fault ended, and whether all is as it was before, then and after a good one."""
    before, lineage.fake.fault = lineage.stands(), fault
    ended = [lineage.reads().state for _ in range(2)]
    stood, lineage.fake.fault = lineage.stands() == before, None
    return ended, stood, lineage.reads().state, lineage.stands() == before


@pytest.mark.parametrize("kind", sorted(SHAPES))
def test_what_is_in_doubt_waits_until_the_data_is_back(lineage_of, kind):
    lineage = lineage_of(kind)
    lineage.reads()
    found = {fault: doubted(lineage, fault) for fault in DOUBTFUL}
    assert found == dict.fromkeys(DOUBTFUL, ([State.HELD] * 2, True, State.SUCCEEDED, True))


@pytest.mark.parametrize("fault", [Fault.TAG_RENAMED, Fault.HALF_GONE, Fault.LESS])
def test_a_person_may_take_what_is_in_doubt(lineage, otto, fault):
    lineage.reads()
    lineage.fake.fault = fault
    accepted = actions.accept_held_refresh(by=otto, refresh=lineage.reads())
    actions.refresh(refresh_id=accepted.pk, connector_for=connector_for)
    assert lineage.source.refreshes.first().state == State.SUCCEEDED


def test_a_renamed_tag_is_named(lineage):
    lineage.reads()
    lineage.fake.fault = Fault.TAG_RENAMED
    assert "The tag “personal_data:articles”, which a rule rests on" in lineage.reads().error


def test_a_tag_that_was_never_there_is_no_doubt(lineage):
    ClassificationRule.objects.create(position=2, matches="tag", pattern="secret", category="other")
    assert [lineage.reads().state for _ in range(2)] == [State.SUCCEEDED] * 2


def test_what_is_wrong_is_told_and_since_when(lineage):
    lineage.reads()
    good = Source.objects.get().last_good_at
    lineage.fake.fault = Fault.LOCKED
    for _ in range(3):
        lineage.reads()
    (health,) = queries.sources(good + timedelta(hours=25))
    assert (health.last_good_at, health.stale_since, health.failing) == (good, good + timedelta(hours=24), True)
    assert "does not let us in (status 401)" in health.latest.error


def test_no_error_tells_a_token_or_an_address_of_the_network(lineage, monkeypatch):
    monkeypatch.setenv("CATALOG_TOKEN_SEARCH", "s3cret-token")
    Source.objects.update(token="SEARCH")
    lineage.source.refresh_from_db()
    lineage.reads()
    lineage.fake.fault = Fault.LOCKED
    assert not {"s3cret", "127.0.0.1"} & set(lineage.reads().error.split())
    assert lineage.fake.tokens[-1] == "Bearer s3cret-token"
    assert "s3cret" not in str(list(Source.objects.values()))


def test_a_catalog_whose_host_is_no_longer_listed_is_not_asked(lineage, settings):
    lineage.reads()
    asked = len(lineage.fake.asked)
    settings.CATALOG_PRIVATE_HOSTS = []
    assert (lineage.reads().state, len(lineage.fake.asked)) == (State.FAILED, asked)


def test_a_reading_takes_no_longer_than_an_operator_says(lineage, settings):
    settings.CATALOG_READING_MINUTES = 0
    assert "may allow more in CATALOG_READING_MINUTES" in lineage.reads().error


def test_a_reading_that_took_all_its_time_leaves_its_merge_as_long_as_that_may_be_silent(settings):
    left = settings.CELERY_TASK_SOFT_TIME_LIMIT - settings.CATALOG_READING_MINUTES * 60
    assert timedelta(seconds=left) >= refreshing.SILENCE


@pytest.fixture
def clock(time_machine):
    """The clock, which goes on, and may be set."""
    time_machine.move_to(timezone.now())
    return time_machine


def test_the_clock_jumps_ahead_while_it_is_read(lineage, clock):
    """Another worker believes the reader lost, and starts anew; who was only slow commits nothing."""
    lineage.reads()
    before = lineage.stands()
    asked = actions.request_refresh(by=None, source=lineage.source)

    class Jumps:
        def read(self, progress):
            clock.shift(timedelta(hours=3))
            assert actions.release_lost_claims(at=timezone.now()) == 1
            return Shelf(ASKED["marquez"](lineage.source).read(progress)).read(progress)

    actions.refresh(refresh_id=asked.pk, connector_for=lambda source: Jumps())
    assert lineage.stands() == before
    assert lineage.reads().state == State.SUCCEEDED


def test_the_clock_is_set_back(lineage, clock):
    """What was asked for and heard of in the future keeps nobody waiting until then."""
    lineage.reads()
    Refresh.objects.create(source=lineage.source, state=State.RUNNING, heartbeat_at=timezone.now())
    clock.shift(-timedelta(days=2))
    assert actions.release_lost_claims(at=timezone.now()) == 1
    assert queries.due(timezone.now()) == [lineage.source]
    assert lineage.reads().state == State.SUCCEEDED


def test_a_message_that_waits_is_found_again_in_the_future(lineage, clock):
    waiting = actions.request_refresh(by=None, source=lineage.source)
    clock.shift(-timedelta(days=2))
    assert actions.ring_again(at=timezone.now()) == [waiting.pk]


@pytest.fixture
def durable(transactional_db, lineage_of):
    """The same, seen by other processes, and read well once."""
    one = lineage_of("marquez")
    one.reads()
    return one


def test_a_worker_that_is_killed_while_the_catalog_is_silent(durable, processes, monkeypatch):
    monkeypatch.setenv("CATALOG_PRIVATE_HOSTS", durable.fake.host)
    before, flows = durable.stands(), Flow.objects.count()
    durable.fake.fault, durable.fake.after = Fault.SILENT, len(durable.fake.asked) + 2
    asked = actions.request_refresh(by=None, source=durable.source)
    refresh_source.delay(asked.pk)
    worker, heard = processes.worker(), len(durable.fake.asked)
    wait_until(lambda: len(durable.fake.asked) > heard + 2)
    os.killpg(worker.pid, signal.SIGKILL)
    assert actions.release_lost_claims(at=timezone.now() + 6 * MINUTE) == 1
    assert durable.stands() == before
    durable.fake.fault = None
    assert (durable.reads().state, Flow.objects.count()) == (State.SUCCEEDED, flows)


def test_valkey_forgets_the_message(durable, processes, monkeypatch):
    monkeypatch.setenv("CATALOG_PRIVATE_HOSTS", durable.fake.host)
    asked = actions.request_refresh(by=None, source=durable.source)
    refresh_source.delay(asked.pk)
    Redis.from_url(configured.REDIS_URL).flushdb()  # ours alone: other processes of tests have queues there too
    processes.worker()
    for lost in actions.ring_again(at=timezone.now() + 11 * MINUTE):
        refresh_source.delay(lost)
    wait_until(lambda: Refresh.objects.get(pk=asked.pk).state == State.SUCCEEDED)


class Severed(Killed):
    """A process whose connection to PostgreSQL ends in the middle of the merge, as when that is restarted."""

    seconds = 60

    def stop_here(self, *args, **how):
        """The step: stays within a statement, the first time."""
        os.write(self.step, b"!")
        seconds, self.seconds = self.seconds, 0
        connection.cursor().execute("SELECT pg_sleep(%s)", [seconds])

    def refreshes(self, refresh_id, connector_for):
        child = os.fork()
        if child == 0:
            connection.connection = None  # the parent's; the child opens its own
            try:
                actions.refresh(refresh_id=refresh_id, connector_for=connector_for)
            finally:
                os._exit(1)
        os.read(self.reached, 1)
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND xact_start IS NOT NULL AND pid <> pg_backend_pid()"
            )
        os.waitpid(child, 0)


@pytest.mark.parametrize("step", ["merge", "_finish"])
def test_postgresql_goes_away_in_the_merge(durable, monkeypatch, step):
    severed, before = Severed(), durable.stands()
    Asset.objects.filter(kind="column").delete()  # so that there is something to merge
    less = durable.stands()
    asked = actions.request_refresh(by=None, source=durable.source)
    with monkeypatch.context() as broken:
        broken.setattr(refreshing, step, severed.stop_here)
        severed.refreshes(asked.pk, connector_for)
    assert durable.stands() == less
    actions.release_lost_claims(at=timezone.now() + 6 * MINUTE)
    assert Refresh.objects.get(pk=asked.pk).state == State.FAILED
    assert durable.reads().state == State.SUCCEEDED
    assert len(durable.stands()[0]) == len(before[0])

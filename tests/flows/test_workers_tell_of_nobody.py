"""What workers write names nobody, least of all when everything fails (P-33). With a real worker and a real broker."""

import smtplib

import pytest
from celery import current_app
from django.conf import settings
from django.core.mail.backends.base import BaseEmailBackend
from django.db import connection
from django.utils import timezone
from redis import Redis

from tests.register.builders import feature, register, use
from tests.workers import wait_until
from transparency.accounts.models import User, Work
from transparency.enforcement import actions
from transparency.enforcement.suppressions import Wanted

KEY, NAME = "canary-7c1f93d2", "Miriam Canary-Nightingale"
EMAIL = "miriam.canary@tandem.example"
SECRETS = (KEY, NAME, EMAIL)


class RefusedRecipients(BaseEmailBackend):
    """A mail server that says whom it refuses."""

    def send_messages(self, email_messages):
        refused = {to: (550, b"No such mailbox here") for one in email_messages for to in one.to}
        raise smtplib.SMTPRecipientsRefused(refused)


@pytest.fixture
def miriam(publish, chooses, pip):
    """A member who wants letters, and who allowed a use that was widened since."""
    chooses.allows(member=KEY)
    publish(register(use(retention="13 years"), features=(feature(),)))
    return User.objects.create_user(
        EMAIL, "correct horse battery", name=NAME, role="member", member_key=KEY, changes_by_mail=True, told_edition=1
    )


def fail(table):
    """Every new row of the table is refused with all its values, as by a constraint."""
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {table} ADD CONSTRAINT full_disk CHECK (false) NOT VALID")


def mend(table):
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {table} DROP CONSTRAINT full_disk")


def everything_in_redis():
    broker = Redis.from_url(settings.REDIS_URL)
    return "".join(repr(broker.dump(key)) + repr(key) for key in broker.scan_iter())


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_neither_the_log_nor_the_broker_names_a_member(miriam, pip, processes, monkeypatch, tmp_path):
    (tmp_path / "no folder").touch()
    monkeypatch.setenv("SUPPRESSIONS_STORAGE", str(tmp_path / "no folder"))
    monkeypatch.setenv("TESTS_MAIL_BACKEND", f"{__name__}.RefusedRecipients")
    ordered = actions.order_list(
        pipeline=pip, wanted=Wanted("job-ranking", "training"), form="ndjson", at=timezone.now()
    )[0]
    fail("consent_batch")
    try:
        processes.worker()
        current_app.send_task("enforcement.make_list", (ordered.pk,))
        current_app.send_task("consent.enter_choices")
        current_app.send_task("consent.tell_of_changes")
        wait_until(lambda: Work.objects.filter(ended_at__isnull=False).count() >= 3)
    finally:
        mend("consent_batch")
    written = processes.log
    assert "a letter of changes could not be sent" in written
    assert set(Work.objects.exclude(error="").values_list("task", flat=True)) == {
        "enforcement.make_list", "consent.enter_choices",
    }  # fmt: skip
    assert [one for one in SECRETS if one in written + everything_in_redis()] == []

"""Whoever listens to everything that the broker is told, Celery's events included, learns nobody's name (P-33)."""

import re
from base64 import b64decode
from threading import Thread

import pytest
from celery import current_app
from django.conf import settings
from django.utils import timezone
from redis import ConnectionError as Gone
from redis import Redis

from tests.workers import wait_until
from transparency.accounts.actions import issue_token
from transparency.accounts.models import User, Work
from transparency.consent.actions import erase
from transparency.enforcement import actions
from transparency.enforcement.suppressions import Wanted

KEY, EMAIL = "canary-5b2e77aa", "miriam.overheard@tandem.example"


class Ear(Thread):
    """Hears each command that the broker is given, with the bodies of tasks and events as they were before packing."""

    def __init__(self):
        super().__init__(daemon=True)
        self._broker = Redis.from_url(settings.REDIS_URL, socket_timeout=None)  # it may be silent for long
        self._monitor = self._broker.monitor()
        self._heard = []

    def __enter__(self):
        self._monitor.__enter__()
        self.start()
        return self

    def __exit__(self, *fault):
        self._monitor.connection.disconnect()
        self.join(5)

    def run(self):
        try:
            for one in self._monitor.listen():
                self._heard.append(one["command"])
        except (Gone, OSError, ValueError, AttributeError):
            return

    @property
    def heard(self):
        whole = "\n".join(self._heard)
        packed = re.findall(r'\\*"body\\*": \\*"([A-Za-z0-9+/=]+)', whole)
        return whole + "".join(b64decode(body).decode("utf-8", "replace") for body in packed)


@pytest.fixture
def ear(processes):
    with Ear() as ear:
        yield ear


@pytest.fixture
def platform(client, amir):
    """The platform's own settings page."""
    secret = issue_token(by=amir, name="Settings", scopes=["choices"])[1]

    def refuse(scope, idempotency):
        headers = {"Authorization": f"Bearer {secret}", "Idempotency-Key": idempotency}
        asked = {"member": KEY, "scope": scope, "decision": "refuse"}
        return client.post("/api/v1/choices", asked, "application/json", headers=headers).status_code, secret

    return refuse


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_what_the_broker_is_told_names_no_member(ear, processes, platform, pip, amir, chooses):
    User.objects.create_user(EMAIL, "correct horse battery", name="Miriam", role="member", member_key=KEY)
    processes.worker("--task-events")
    chooses.refuses(member=KEY)
    (status, secret), wanted = platform("all", "first"), Wanted("job-ranking", "training")
    ordered = actions.order_list(pipeline=pip, wanted=wanted, form="ndjson", at=timezone.now())[0]
    for task, told in (("consent.enter_choices", ()), ("enforcement.make_list", (ordered.pk,))):
        current_app.send_task(task, told)
    wait_until(lambda: Work.objects.filter(ended_at__isnull=False).count() >= 2)
    erase(by=amir, member=KEY)
    current_app.send_task("consent.tell_of_changes")
    wait_until(lambda: Work.objects.filter(ended_at__isnull=False).count() >= 3)
    wait_until(lambda: ear.heard.count("task-received") >= 3)
    assert status == 201
    assert [one for one in (KEY, EMAIL, secret) if one in ear.heard] == []
    current_app.send_task("consent.tell_of_changes", (KEY,))
    wait_until(lambda: KEY in ear.heard)

"""From a member's refusal to a message at the pipeline's door: a real worker, a real queue, a real receiver."""

import pytest
from celery import current_app
from django.utils import timezone
from standardwebhooks import Webhook

from tests.enforcement.receiver import Receiver
from tests.workers import wait_until
from transparency.enforcement import actions
from transparency.enforcement.models import Message


@pytest.mark.slow
def test_a_pipeline_is_told_of_a_refusal_by_a_worker(processes, amir, pip, chooses, settings, monkeypatch):
    with Receiver() as receiver:
        settings.WEBHOOK_HOSTS = [receiver.host]
        monkeypatch.setenv("WEBHOOK_HOSTS", receiver.host)
        actions.change_pipeline(by=amir, pipeline=pip, webhook_url=receiver.url)
        secret = actions.change_webhook_secret(by=amir, pipeline=pip, at=timezone.now())
        chooses.refuses()
        processes.worker()
        current_app.send_task("enforcement.tell_pipelines")
        wait_until(lambda: Message.objects.exclude(sent_at=None).exists())
        ((_, headers, body),) = receiver.received
        told = Webhook(secret).verify(body, headers)
        assert (told["type"], told["data"]) == ("choices.changed", {"sequence": 1, "edition": 1})
        assert told.keys() == {"type", "timestamp", "data"}

"""Lists kept in a bucket: Amazon's own client, against a server that speaks as much of S3 as lists need."""

import io
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from django.utils import timezone

from transparency.config import environment as env
from transparency.enforcement import actions
from transparency.enforcement.actions.keeping_lists import NOT_KEPT, NotStored, store
from transparency.enforcement.lists.columns import read_parquet
from transparency.enforcement.suppressions import Wanted

WANTED = Wanted("job-ranking", "training")
pytestmark = pytest.mark.django_db


class Bucket(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_PUT(self):
        self.server.kept[self.path.partition("?")[0]] = self.rfile.read(int(self.headers["Content-Length"]))
        self.answer(200)

    def do_GET(self):
        body = self.server.kept.get(self.path.partition("?")[0])
        self.answer(404 if body is None else 200, body or b"")

    do_HEAD = do_GET  # noqa: N815 - the standard library's spelling

    def do_DELETE(self):
        self.server.kept.pop(self.path.partition("?")[0], None)
        self.answer(204)

    def answer(self, status, body=b""):
        status = self.server.sick.get(self.command, status)
        if status >= 400 and "code" in self.server.sick:
            body = f"<Error><Code>{self.server.sick['code']}</Code></Error>".encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("ETag", '"1"')
        self.end_headers()
        self.wfile.write(b"" if self.command == "HEAD" else body)

    def log_message(self, *args):
        """Says nothing."""


@pytest.fixture
def bucket(settings, monkeypatch):
    """A server of one bucket: what it holds by its addresses, and with which status it answers a method when sick."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Bucket) as server:
        server.kept, server.sick = {}, {}
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        for name, value in {
            "AWS_ACCESS_KEY_ID": "tandem",
            "AWS_SECRET_ACCESS_KEY": "secret",
            "AWS_REQUEST_CHECKSUM_CALCULATION": "when_required",
            "AWS_RESPONSE_CHECKSUM_VALIDATION": "when_required",
        }.items():
            monkeypatch.setenv(name, value)
        url = f"s3://lists/tandem?endpoint_url=http://127.0.0.1:{server.server_port}&region_name=eu-1"
        settings.STORAGES = settings.STORAGES | {"suppressions": env.storage("SUPPRESSIONS_STORAGE", url)}
        yield server
        server.shutdown()


@pytest.fixture
def kept(bucket):
    return bucket.kept


@pytest.fixture
def ask(settings, client, amir, pip, chooses):
    """Asks for Pip's list, which is in the bucket."""
    settings.SUPPRESSIONS_AT_ONCE = 0
    chooses.refuses()
    secret = actions.issue_pipeline_key(by=amir, pipeline=pip, name="Airflow")[1]
    row, _ = actions.order_list(pipeline=pip, wanted=WANTED, form="parquet", at=timezone.now())
    actions.make_list(list_id=row.pk)

    def ask():
        asked = {"feature": WANTED.feature, "stage": WANTED.stage}
        return client.get("/api/v1/suppressions", asked, headers={"Authorization": f"Bearer {secret}"})

    return ask


def test_a_list_is_kept_in_the_bucket_read_from_there_and_thrown_away(kept, pip, chooses):
    chooses.refuses()
    row, _ = actions.order_list(pipeline=pip, wanted=WANTED, form="parquet", at=timezone.now())
    made = actions.make_list(list_id=row.pk)
    assert list(kept) == [f"/lists/tandem/{made.file}"]
    with store().open(made.file) as file:
        assert read_parquet(io.BytesIO(file.read()))[1].numbers.tolist() == [7]
    actions.forget_expired_lists(at=made.expires_at)
    assert kept == {}


def why(answer):
    return answer.status_code, answer.json()["errors"][0]["code"]


@pytest.mark.parametrize("sick", [{"HEAD": 403}, {"GET": 403}, {"GET": 404}, {"HEAD": 500}, {"GET": 500}])
def test_where_the_bucket_does_not_answer_nobody_is_told_anything_until_it_does(bucket, ask, sick):
    bucket.sick |= sick
    answer = ask()
    assert (why(answer), answer["Retry-After"]) == ((503, "list.storage"), "30")
    bucket.sick.clear()
    assert ask().status_code == 200


def test_where_the_bucket_can_not_be_reached_nobody_is_told_anything(settings, ask):
    nowhere = env.storage("SUPPRESSIONS_STORAGE", "s3://lists?endpoint_url=http://127.0.0.1:1&region_name=eu-1")
    settings.STORAGES = settings.STORAGES | {"suppressions": nowhere}
    assert why(ask()) == (503, "list.storage")


def test_a_list_that_is_gone_from_the_bucket_is_made_anew(kept, ask):
    kept.clear()
    assert why(ask()) == (503, "list.lost")
    assert ask().status_code == 202


def test_a_list_that_is_damaged_in_the_bucket_is_never_given(kept, ask):
    kept.update({address: body[:-1] for address, body in kept.items()})
    assert why(ask()) == (503, "list.lost")
    assert (kept, ask().status_code) == ({}, 202)


@pytest.mark.parametrize(
    ("sick", "words"),
    [
        ({"PUT": 507}, r"\(507\) when calling the PutObject operation.* \(ClientError\)\."),
        ({"PUT": 404, "code": "NoSuchBucket"}, "There is no such bucket. It is made beforehand"),
        ({"PUT": 403, "code": "InvalidAccessKeyId"}, "does not know the key in AWS_ACCESS_KEY_ID"),
        ({"PUT": 403, "code": "SignatureDoesNotMatch"}, "AWS_SECRET_ACCESS_KEY holds is not the secret"),
        ({"HEAD": 403}, "forbids it: it does not know the key"),
    ],
)
def test_where_the_bucket_takes_no_list_the_log_says_what_to_mend(bucket, ask, pip, sick, words):
    bucket.sick |= sick
    row, _ = actions.order_list(pipeline=pip, wanted=WANTED, form="ndjson", at=timezone.now())
    with pytest.raises(NotStored, match=f"where SUPPRESSIONS_STORAGE says. .*{words}"):
        actions.make_list(list_id=row.pk)
    row.refresh_from_db()
    assert (row.state, row.error) == ("failed", NOT_KEPT)
    with pytest.raises(CommandError, match=words):
        call_command("check_storage")


def test_a_bucket_can_be_tried_before_there_is_a_list(kept, capsys):
    call_command("check_storage")
    assert "Lists can be kept" in capsys.readouterr().out
    assert kept == {}


def test_nobody_waits_for_a_bucket_as_long_as_amazons_client_would(bucket):
    patience = store().connection.meta.client.meta.config
    assert (patience.connect_timeout, patience.read_timeout, patience.retries["total_max_attempts"]) == (3, 10, 2)


def test_a_file_that_is_gone_is_an_error_that_is_understood(kept):
    with pytest.raises(OSError, match="nothing"):
        store().open("nothing").read()


@pytest.mark.parametrize(
    "url", ["s3://", "s3:///lists", "s3://lists?acl=public-read", "s3://lists?endpoint_url=s3.example:9000"]
)
def test_a_bucket_that_can_not_be_understood_stops_the_start(url):
    with pytest.raises(ImproperlyConfigured, match="SUPPRESSIONS_STORAGE"):
        env.storage("SUPPRESSIONS_STORAGE", url)

"""Lists kept in a bucket: Amazon's own client, against a server that speaks as much of S3 as lists need."""

import io
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.utils import timezone

from transparency.config import environment as env
from transparency.enforcement import actions
from transparency.enforcement.actions.keeping_lists import store
from transparency.enforcement.lists.columns import read_parquet
from transparency.enforcement.suppressions import Wanted

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
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("ETag", '"1"')
        self.end_headers()
        self.wfile.write(b"" if self.command == "HEAD" else body)

    def log_message(self, *args):
        """Says nothing."""


@pytest.fixture
def kept(settings, monkeypatch):
    """What the bucket holds, by its addresses."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Bucket) as server:
        server.kept = {}
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
        yield server.kept
        server.shutdown()


def test_a_list_is_kept_in_the_bucket_read_from_there_and_thrown_away(kept, pip, chooses):
    chooses.refuses()
    wanted = Wanted("job-ranking", "training")
    row, _ = actions.order_list(pipeline=pip, wanted=wanted, form="parquet", at=timezone.now())
    made = actions.make_list(list_id=row.pk)
    assert list(kept) == [f"/lists/tandem/{made.file}"]
    with store().open(made.file) as file:
        assert read_parquet(io.BytesIO(file.read()))[1].numbers.tolist() == [7]
    actions.forget_expired_lists(at=made.expires_at)
    assert kept == {}


def test_a_file_that_is_gone_is_an_error_that_is_understood(kept):
    with pytest.raises(OSError, match="nothing"):
        store().open("nothing").read()


@pytest.mark.parametrize("url", ["s3://", "s3:///lists", "s3://lists?acl=public-read"])
def test_a_bucket_that_can_not_be_understood_stops_the_start(url):
    with pytest.raises(ImproperlyConfigured, match="SUPPRESSIONS_STORAGE"):
        env.storage("SUPPRESSIONS_STORAGE", url)

"""What tells the site of Tandem's runs: it outlives a site that takes nothing for a while."""

from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest
from openlineage.client import OpenLineageClient
from openlineage.client.transport.http import HttpConfig, HttpTransport

from tests.register.builders import NOON
from transparency.demo.pipelines import runs
from transparency.demo.reporting import report


class TooMuch(BaseHTTPRequestHandler):
    """A site with too much to do."""

    def do_POST(self):
        self.send_error(429)

    def log_message(self, *args):
        """Says nothing."""


@pytest.fixture
def sender():
    with HTTPServer(("127.0.0.1", 0), TooMuch) as server:
        Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield OpenLineageClient(transport=HttpTransport(HttpConfig(url=f"http://127.0.0.1:{server.server_port}")))
        server.shutdown()


def test_a_site_with_too_much_to_do_ends_nobody(sender, capsys):
    report(sender, list(runs(NOON)))
    assert "it is told again in a minute" in capsys.readouterr().err

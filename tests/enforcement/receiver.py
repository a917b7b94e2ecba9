"""A receiver of webhooks, on a port of its own: does what it is told to do, and remembers what it was sent."""

import ssl
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Receiver:
    """Answers with ``status``; before that it is silent for ``silent`` seconds, or sends these bytes, one by one."""

    status: int = 200
    headers: dict = field(default_factory=dict)
    silent: float = 0.0
    drips: bytes = b""
    received: list = field(default_factory=list)
    context: ssl.SSLContext | None = None

    def __enter__(self):
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                receiver.received.append((self.path, dict(self.headers), body))
                time.sleep(receiver.silent)
                if receiver.drips:
                    return self.drip()
                self.send_response(receiver.status)
                for name, value in receiver.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", "0")
                return self.end_headers()

            def drip(self):
                for letter in receiver.drips:
                    self.wfile.write(bytes([letter]))
                    time.sleep(0.05)

            do_GET = do_POST  # noqa: N815 - the name that the library looks for

            def log_message(self, *_):
                """Says nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        if self.context:
            self.server.socket = self.context.wrap_socket(self.server.socket, server_side=True)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()

    @property
    def host(self):
        return f"127.0.0.1:{self.server.server_port}"

    @property
    def url(self):
        return f"http://{self.host}/told?key=7"

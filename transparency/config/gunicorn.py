"""How gunicorn serves the site. Its access log is off: addresses of member pages are nobody's business."""

import gc

from transparency.config import environment as env
from transparency.config import logs

bind = env.text("BIND", "127.0.0.1:8000")
workers = env.number("WEB_CONCURRENCY", default=2, least=1)
threads = env.number("WEB_THREADS", default=4, least=1)
worker_class = "transparency.config.listening.Worker"
preload_app = True
max_requests = 20_000
max_requests_jitter = 2_000
timeout = 30
graceful_timeout = 10
keepalive = 15
limit_request_line = 4_094
limit_request_field_size = 8_190
accesslog = None
logconfig_dict = logs.configuration(production=bool(env.text("DATABASE_URL")), level="INFO")
# Nobody steers a running server but whoever started it.
control_socket_disable = True


def when_ready(server: object) -> None:
    """What is loaded by now is never garbage: no collection need look at it again, and no process copies its pages."""
    gc.collect()
    gc.freeze()

"""How gunicorn serves the site. Its access log is off: addresses of member pages are nobody's business."""

import os

bind = os.environ.get("BIND", "127.0.0.1:8000")
workers = int(os.environ.get("WEB_CONCURRENCY", "2"))
threads = int(os.environ.get("WEB_THREADS", "4"))
worker_class = "gthread"
preload_app = True
max_requests = 20_000
max_requests_jitter = 2_000
timeout = 30
graceful_timeout = 10
keepalive = 15
limit_request_line = 4_094
limit_request_field_size = 8_190
accesslog = None

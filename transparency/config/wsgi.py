"""The WSGI application that gunicorn serves."""

import os

from django.core.wsgi import get_wsgi_application

from transparency.config import checks

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "transparency.config.settings")

application = get_wsgi_application()
checks.refuse_unsafe_start()

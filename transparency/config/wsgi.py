"""The WSGI application that gunicorn serves."""

import os

from django.core.wsgi import get_wsgi_application

from transparency.config.patience import patient
from transparency.config.starting import or_end, refuse_what_may_not_start

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "transparency.config.settings")

with or_end():
    application = patient(get_wsgi_application())
    refuse_what_may_not_start()

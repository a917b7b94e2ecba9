"""The WSGI application that gunicorn serves."""

import os

from django.core.wsgi import get_wsgi_application
from django.utils.module_loading import import_string

from transparency.config import checks
from transparency.config.patience import patient

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "transparency.config.settings")

application = patient(get_wsgi_application())
checks.refuse_unsafe_start()
# By its name: it knows models, which are there only once the application is.
import_string("transparency.config.past.refuse_to_serve_the_past")()

"""The web process's entry point, for servers other than `manage.py web`. Refuses wrong set-ups, too."""

import os

from django.core.management import call_command
from django.core.wsgi import get_wsgi_application

os.umask(0o077)  # what is kept is for its owner alone: portraitos_site/data_dir.py
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portraitos_site.settings")

application = get_wsgi_application()
call_command("check")

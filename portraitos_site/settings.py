"""Every setting, typed, from the environment. docs/operations.md explains each one."""

from pathlib import Path

import django_stubs_ext

from portraitos_site import environment as env
from render.jobs.conf import Queue, cluster_settings

django_stubs_ext.monkeypatch()

BASE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = (BASE_DIR / env.text("DATA_DIR", "var")).resolve()

# The site

DEBUG = env.flag("DEBUG", default=True)
SECRET_KEY = env.secret("SECRET_KEY", DATA_DIR / "secret_key", generate=DEBUG)
ALLOWED_HOSTS = env.words("ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]" if DEBUG else "")
CSRF_TRUSTED_ORIGINS = env.words("CSRF_TRUSTED_ORIGINS")
ROOT_URLCONF = "portraitos_site.urls"
WSGI_APPLICATION = "portraitos_site.wsgi.application"
AUTH_USER_MODEL = "accounts.User"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
LANGUAGE_CODE = "en-us"
TIME_ZONE = "UTC"
USE_TZ = True

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "rest_framework",
    "django_q",
    "render.jobs",
    "accounts",
    "billing",
    "studio",
    "render",
    "portraitos_site",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]

# Behind TLS in production; the development site speaks plain HTTP on this machine only.
SECURE_PROXY_SSL_HEADER = (
    ("HTTP_X_FORWARDED_PROTO", "https") if env.flag("BEHIND_PROXY", default=False) else None
)
SECURE_SSL_REDIRECT = env.flag("HTTPS_ONLY", default=not DEBUG)
SECURE_REDIRECT_EXEMPT = [r"^healthz$"]
SECURE_HSTS_SECONDS = 0 if DEBUG else 365 * 24 * 3600
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = not DEBUG
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

# Where things are kept

DATABASE_URL = env.text("DATABASE_URL", f"sqlite:///{DATA_DIR / 'portraitos.sqlite3'}")
DATABASES = {"default": env.database(DATABASE_URL)}

REDIS_URL = env.text("REDIS_URL")
CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}
    if REDIS_URL
    else {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
}

STATIC_URL = "static/"
STATIC_ROOT = DATA_DIR / "static"
STORAGES = {
    "default": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": DATA_DIR / "files"},
    },
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}

# The demonstration sitter: a picture the operator has the right to show, or the default of docs/operations.md

DEMO_SITTER = env.text("DEMO_SITTER", "astronaut")
DEMO_SITTER_CAPTION = env.text("DEMO_SITTER_CAPTION")

# Jobs: docs/jobs.md has the rules and the reasons

JOB_QUEUES = (
    Queue("previews", workers=env.whole("PREVIEWS_WORKERS", 1), timeout=env.whole("PREVIEWS_TIMEOUT", 120)),
    Queue("fulls", workers=env.whole("FULLS_WORKERS", 1), timeout=env.whole("FULLS_TIMEOUT", 300)),
    Queue("mail", workers=env.whole("MAIL_WORKERS", 1), timeout=env.whole("MAIL_TIMEOUT", 60)),
)
JOB_DIR = DATA_DIR / "jobs"
JOB_HANDLERS = env.words("JOB_HANDLERS")
JOB_LEASE_SECONDS = env.number("JOB_LEASE_SECONDS", 120)
JOB_SWEEP_SECONDS = env.number("JOB_SWEEP_SECONDS", 60)
JOB_RING_AGAIN_SECONDS = env.number("JOB_RING_AGAIN_SECONDS", 120)
JOB_CANARY_SECONDS = env.number("JOB_CANARY_SECONDS", 60)
JOB_SILENCE_SECONDS = env.number("JOB_SILENCE_SECONDS", 150)
JOB_STOP_SECONDS = env.number("JOB_STOP_SECONDS", 10)
JOB_MEMORY_MB = env.whole("JOB_MEMORY_MB", 6144)

Q_CLUSTER = cluster_settings(JOB_QUEUES, poll=env.number("JOB_POLL_SECONDS", 0.2))

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s", "datefmt": "%H:%M:%S"}
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": env.text("LOG_LEVEL", "INFO").upper()},
    "loggers": {
        "django": {"handlers": [], "propagate": True},
        "django-q": {"level": env.text("QUEUE_LOG_LEVEL", "WARNING").upper()},
    },
}

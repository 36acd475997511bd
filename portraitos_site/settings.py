"""Every setting, typed, from the environment. docs/operations.md explains each one."""

from pathlib import Path

import django_stubs_ext
from csp.constants import NONCE, NONE, SELF

from portraitos_site.environment import Environment, mail_domain
from render.jobs.conf import Queue, cluster_settings

django_stubs_ext.monkeypatch()
env = Environment()

BASE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = (BASE_DIR / env.text("DATA_DIR", "var")).resolve()
DATA_GROUP = env.text("DATA_GROUP")  # who may read the files below DATA_DIR besides us: the front server

# The site

DEBUG = env.flag("DEBUG", default=False)  # `make` sets it, and the tests
HOST = env.text("HOST", "127.0.0.1")
PORT = env.whole("PORT", 8000)
BEHIND_PROXY = env.flag("BEHIND_PROXY", default=False)
SECRET_KEY = env.secret("SECRET_KEY", DATA_DIR / "secret_key", generate=DEBUG)
ALLOWED_HOSTS = env.words("ALLOWED_HOSTS", ("localhost", "127.0.0.1", "[::1]") if DEBUG else ())
CSRF_TRUSTED_ORIGINS = env.words("CSRF_TRUSTED_ORIGINS")
ROOT_URLCONF = "portraitos_site.urls"
WSGI_APPLICATION = "portraitos_site.wsgi.application"
AUTH_USER_MODEL = "accounts.User"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
WEB_PROCESSES = env.whole("WEB_PROCESSES", 2)
WEB_THREADS = env.whole("WEB_THREADS", 16)
SITE_URL = env.address("SITE_URL", f"http://127.0.0.1:{PORT}")
LANGUAGE_CODE = "en-us"
TIME_ZONE = "UTC"
USE_TZ = True

INSTALLED_APPS = [
    "portraitos_site.apps.AdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "auditlog",
    "csp",
    "django_htmx",
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
    "portraitos_site.failures.watch_streams",
    "django.middleware.security.SecurityMiddleware",
    "portraitos_site.nul_bytes.NulBytes",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "portraitos_site.body_limits.BodyLimits",
    "billing.patience.ShortPatience",
    "allauth.account.middleware.AccountMiddleware",
    "accounts.last_seen.LastSeen",
    "accounts.reauthentication.AskAgain",
    "auditlog.middleware.AuditlogMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "render.lost_files.LostFiles",
    "portraitos_site.busy.Busy",
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

# Accounts: e-mail and password, a code by e-mail, or a passkey; docs/accounts.md

SESSION_ENGINE = "accounts.session_store"
ADDRESS_UNDO_DAYS = env.whole("ADDRESS_UNDO_DAYS", 7)
UNCONFIRMED_ACCOUNT_DAYS = env.whole("UNCONFIRMED_ACCOUNT_DAYS", 7)
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "begin"
ACCOUNT_ADAPTER = "accounts.adapter.Adapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_CHANGE_EMAIL = True
ACCOUNT_REAUTHENTICATION_REQUIRED = True  # accounts/reauthentication.py asks for more than allauth does
ACCOUNT_REAUTHENTICATION_TIMEOUT = 5 * 60
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_TIMEOUT = 15 * 60
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_LOGIN_BY_CODE_TIMEOUT = 3 * 60
ACCOUNT_LOGOUT_REDIRECT_URL = "landing"
ACCOUNT_PASSWORD_RESET_TOKEN_GENERATOR = "accounts.passwords.ResetToken"  # noqa: S105  (a class)
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_FORMS = {
    "login": "accounts.forms.Login",
    "signup": "accounts.forms.SignUp",
    "add_email": "accounts.forms.ChangeEmail",
    "change_email": "accounts.forms.OtherEmail",
    "change_password": "accounts.forms.ChangePassword",
    "set_password": "accounts.forms.SetPassword",
    "reset_password": "accounts.forms.ResetPassword",
    "reset_password_from_key": "accounts.forms.ResetPasswordKey",
    "reauthenticate": "accounts.forms.Reauthenticate",
    "request_login_code": "accounts.forms.RequestLoginCode",
    "confirm_login_code": "accounts.forms.ConfirmLoginCode",
    "confirm_email_verification_code": "accounts.forms.ConfirmEmail",
}
MFA_ADAPTER = "accounts.adapter.MFAAdapter"
MFA_FORMS = {
    "authenticate": "accounts.forms.SecondStep",
    "reauthenticate": "accounts.forms.SecondStepAgain",
    "activate_totp": "accounts.forms.ActivateTOTP",
    "add_webauthn": "accounts.forms.AddKey",
    "edit_webauthn": "accounts.forms.EditKey",
}
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_TOTP_ISSUER = "PortraitOS"
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = DEBUG

EMAIL_HOST = env.text("EMAIL_HOST")
EMAIL_PORT = env.whole("EMAIL_PORT", 587)
EMAIL_HOST_USER = env.text("EMAIL_HOST_USER")
EMAIL_HOST_PASSWORD = env.text("EMAIL_HOST_PASSWORD")
EMAIL_USE_TLS = env.flag("EMAIL_USE_TLS", default=True)
# A page only puts a letter into the outbox; a worker hands it to the transport (accounts/letters.py).
EMAIL_BACKEND = "accounts.letters.Outbox"
MAIL_TRANSPORT = "accounts.smtp.Transport" if EMAIL_HOST else "django.core.mail.backends.console.EmailBackend"
EMAIL_TIMEOUT = 20
EMAIL_DOMAIN = env.text("EMAIL_DOMAIN", mail_domain(SITE_URL))
DEFAULT_FROM_EMAIL = env.text("DEFAULT_FROM_EMAIL", f"PortraitOS <studio@{EMAIL_DOMAIN}>")
SERVER_EMAIL = DEFAULT_FROM_EMAIL

# Faces at rest: the master keys that wrap each user's own, the current one first; docs/privacy.md

MASTER_KEYS = env.keys("MASTER_KEYS", DATA_DIR / "master_key", generate=DEBUG)
BACKUP_DAYS = env.whole("BACKUP_DAYS", 30)

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"},
    {"NAME": "accounts.passwords.NotCommon"},
]

# Behind TLS in production; the development site speaks plain HTTP on this machine only.
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if BEHIND_PROXY else None
ALLAUTH_TRUSTED_PROXY_COUNT = int(BEHIND_PROXY)  # whose word on the caller counts
SECURE_SSL_REDIRECT = env.flag("HTTPS_ONLY", default=not DEBUG)
SECURE_REDIRECT_EXEMPT = [r"^healthz$"]
SECURE_HSTS_SECONDS = 0 if DEBUG else 365 * 24 * 3600
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = not DEBUG
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF, NONCE],
        "img-src": [SELF, "data:", "blob:"],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}

# Where things are kept

DISK_FREE_MB = env.whole("DISK_FREE_MB", 1024)
DATABASES = {"default": env.database("DATABASE_URL", f"sqlite:///{DATA_DIR / 'portraitos.sqlite3'}")}

REDIS_URL = env.text("REDIS_URL")
CACHES = {
    # Limits, allauth's among them: they must neither be forgotten nor be counted by each process alone.
    "default": {"BACKEND": "portraitos_site.limits.Counts"},
    # What can be computed again.
    "computed": {"BACKEND": "portraitos_site.computed.Computed", "LOCATION": REDIS_URL}
    if REDIS_URL
    else {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"},
}

FILE_UPLOAD_PERMISSIONS = 0o640 if DATA_GROUP else 0o600
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

# Selfies: docs/selfies.md has the limits on each file

FILE_UPLOAD_HANDLERS = ["studio.uploads.Bounded"]
DATA_UPLOAD_MAX_MEMORY_SIZE = 256 * 1024  # the whole body, wherever no photograph is sent to
DATA_UPLOAD_MAX_NUMBER_FILES = 4
SELFIES_PER_HOUR = env.whole("SELFIES_PER_HOUR", 20, least=1)
REFUSED_SELFIE_HOURS = env.number("REFUSED_SELFIE_HOURS", 24)

# Shoots: docs/shoots.md

PREVIEWS_PER_HOUR = env.whole("PREVIEWS_PER_HOUR", 100, least=1)
X_ACCEL = env.text("X_ACCEL").rstrip("/")  # the front server's internal address of DATA_DIR

# The engine: docs/rendering.md. Networks of render/pipeline/networks/register.py that are not to be used

NETWORKS_OFF = env.words("NETWORKS_OFF")

# The demonstration sitter: a picture the operator has the right to show, or the default of docs/operations.md

DEMO_SITTER = env.text("DEMO_SITTER", "astronaut")
DEMO_SITTER_CAPTION = env.text("DEMO_SITTER_CAPTION")

# Payments: docs/payments.md. Without a key, development runs against billing/stripe_dev on this machine.

STRIPE_IS_DEV = DEBUG and not env.text("STRIPE_SECRET_KEY")
STRIPE_SECRET_KEY = "sk_test_development" if STRIPE_IS_DEV else env.text("STRIPE_SECRET_KEY")
STRIPE_DEV_PORT = env.whole("STRIPE_DEV_PORT", PORT + 1)
STRIPE_API = f"http://127.0.0.1:{STRIPE_DEV_PORT}" if STRIPE_IS_DEV else "https://api.stripe.com"
STRIPE_PAY_PAGES = (
    [STRIPE_API] if STRIPE_IS_DEV else env.words("STRIPE_PAY_PAGES", ("https://checkout.stripe.com",))
)
STRIPE_WEBHOOK_SECRETS = (
    [env.secret("STRIPE_WEBHOOK_SECRET", DATA_DIR / "stripe_webhook_secret", generate=True)]
    if STRIPE_IS_DEV
    else env.words("STRIPE_WEBHOOK_SECRET")
)
STRIPE_TIMEOUT = env.number("STRIPE_TIMEOUT", 10, least=1)
STRIPE_PAGE_SECONDS = env.number("STRIPE_PAGE_SECONDS", 6)
STRIPE_AUTOMATIC_TAX = env.flag("STRIPE_AUTOMATIC_TAX", default=False)
STRIPE_INVOICES = env.flag("STRIPE_INVOICES", default=False)
STRIPE_ADAPTIVE_PRICING = False  # an amount in another currency than the pack's could not be checked
CHECKOUT_MINUTES = env.whole("CHECKOUT_MINUTES", 60, least=31, most=24 * 60)
REFUND_SECOND_PERSON_CENTS = env.whole("REFUND_SECOND_PERSON_CENTS", 10_000)
SUPPORT_EMAIL = env.text("SUPPORT_EMAIL")
SENTRY_DSN = env.text("SENTRY_DSN")  # where errors are sent, without customers' data; empty: nowhere

# Jobs: docs/jobs.md has the rules and the reasons

JOB_QUEUES = (
    Queue("previews", workers=env.whole("PREVIEWS_WORKERS", 2), timeout=env.whole("PREVIEWS_TIMEOUT", 120)),
    Queue("fulls", workers=env.whole("FULLS_WORKERS", 1), timeout=env.whole("FULLS_TIMEOUT", 300)),
    # Money waits for no mail server. Two workers: a grant does not wait for the daily comparison either.
    Queue("money", workers=env.whole("MONEY_WORKERS", 2), timeout=env.whole("MONEY_TIMEOUT", 60), nice=0),
    Queue("mail", workers=env.whole("MAIL_WORKERS", 1), timeout=env.whole("MAIL_TIMEOUT", 60)),
    # Pictures that no customer waits for: behind everybody else.
    Queue("catalogue", workers=env.whole("CATALOGUE_WORKERS", 1), timeout=120, nice=19),
)
JOB_DIR = DATA_DIR / "jobs"
JOB_HANDLERS = [
    "accounts.letters",
    "accounts.sweeping",
    "billing.tasks",
    "studio.coach",
    "studio.demonstration_jobs",
    "render.previews",
    "render.fulls",
    "render.copies",
    "render.flags",
    "render.stranded",
    "portraitos_site.failures",
    "portraitos_site.limits",
    "portraitos_site.unconfirmed",
    *env.words("JOB_HANDLERS"),
]
JOB_LEASE_SECONDS = env.number("JOB_LEASE_SECONDS", 120, least=1)
JOB_KEEP_DAYS = env.number("JOB_KEEP_DAYS", 90)  # 0: ended jobs are kept for ever
JOB_SWEEP_SECONDS = env.number("JOB_SWEEP_SECONDS", 60, least=0.1)
JOB_RING_AGAIN_SECONDS = env.number("JOB_RING_AGAIN_SECONDS", 120, least=0.1)
JOB_CANARY_SECONDS = env.number("JOB_CANARY_SECONDS", 60, least=0.1)
JOB_SILENCE_SECONDS = env.number("JOB_SILENCE_SECONDS", 150, least=0.1)
JOB_STOP_SECONDS = env.number("JOB_STOP_SECONDS", 10)
JOB_MEMORY_MB = env.whole("JOB_MEMORY_MB", 6144)

Q_CLUSTER = cluster_settings(JOB_QUEUES, poll=env.number("JOB_POLL_SECONDS", 0.2, least=0.01))

LEVELS = ("debug", "info", "warning", "error", "critical")
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"of_job": {"()": "render.jobs.log.OfJob"}},
    "formatters": {
        "line": {
            "()": "render.jobs.log.Line",
            "fmt": "%(asctime)s %(levelname)s %(name)s%(of_job)s: %(message)s",
            "datefmt": "%H:%M:%S",
        },
        "json": {"()": "render.jobs.log.JSON"},
    },
    "handlers": {
        "console": {
            "class": "logging.StreamHandler",
            "filters": ["of_job"],
            "formatter": env.one_of("LOG_FORMAT", ("line", "json"), "line" if DEBUG else "json"),
        },
    },
    "root": {"handlers": ["console"], "level": env.one_of("LOG_LEVEL", LEVELS, "info").upper()},
    "loggers": {
        "django": {"handlers": [], "propagate": True},
        "stripe": {"level": "WARNING"},
        "waitress.queue": {"level": "ERROR"},  # of requests that wait for a thread; there is a limit on them
        "django-q": {"level": env.one_of("QUEUE_LOG_LEVEL", LEVELS, "warning").upper()},
    },
}

env.seal()

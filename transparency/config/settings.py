"""Every setting, flat. ``.env.example`` explains those that come from the environment.

With ``DATABASE_URL`` given, this is production, and every other setting that production needs must be given too:
``checks.py`` refuses what is unsafe. With none given, it is development (or the demo): private servers, and secrets
made on the spot.
"""

import logging
import sys
from pathlib import Path
from urllib.parse import urlsplit

from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from transparency.accounts.sessions import FRESH, MEMBERS
from transparency.config import embedded, logs
from transparency.config import environment as env
from transparency.config.timetable import TIMETABLE

BASE_DIR = Path(__file__).resolve().parents[2]

PRODUCTION = bool(env.text("DATABASE_URL"))
TESTING = "pytest" in sys.modules


def _required(name: str, development: str) -> str:
    """The variable's value; in development ``development`` stands in for it."""
    value = env.text(name, "" if PRODUCTION else development)
    if not value:
        raise ImproperlyConfigured(
            f"{name} is not set. DATABASE_URL is, so this is production; see .env.example for what {name} is."
        )
    return value


# What this installation is about.
ORGANISATION = env.text("ORGANISATION", "Tandem")
SITE_NAME = env.text("SITE_NAME", "How your data is used")
DATA_PROTECTION_OFFICER, REPRESENTATIVE = env.text("DATA_PROTECTION_OFFICER"), env.text("REPRESENTATIVE")
PUBLIC_URL = env.text("PUBLIC_URL", "http://localhost:8000")

# Safety.
DEBUG = env.flag("DEBUG", default=False)
SECRET_KEY = _required("SECRET_KEY", development="" if PRODUCTION else embedded.secret_key())
ALLOWED_HOSTS = (
    _required("ALLOWED_HOSTS", development="localhost,127.0.0.1,[::1],testserver").replace(" ", "").split(",")
)
SECRET_KEY_FALLBACKS = env.words("SECRET_KEY_FALLBACKS")
CSRF_TRUSTED_ORIGINS = env.words("CSRF_TRUSTED_ORIGINS")
PASSWORD_SIGN_IN = env.flag("PASSWORD_SIGN_IN", default=True)
STAFF_SECOND_FACTOR = env.flag("STAFF_SECOND_FACTOR", default=True)
TRUSTED_PROXIES = env.number("TRUSTED_PROXIES", default=0)

# Stores.
DATABASES = {"default": env.database("DATABASE_URL", _required("DATABASE_URL", development=embedded.database_url()))}
DATABASES["default"] |= {"ENGINE": "transparency.config.database", "CONN_MAX_AGE": 600, "CONN_HEALTH_CHECKS": True}
# As whom workers and the timetable sign in there, who may write nothing that people said: see ``grants``.
WORKER_DATABASE = env.also("WORKER_DATABASE_URL", DATABASES["default"], None if PRODUCTION else embedded.WORKER)
# Seconds that one silence of the database may last for whoever waits for a page or an answer.
DATABASE_PATIENCE = env.number("DATABASE_PATIENCE", default=5, least=1)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
REDIS_URL = _required("REDIS_URL", development=embedded.redis_url())
# What limits sign-in must hold when Redis is away, so it is counted in the database.
CACHES = {"default": {"BACKEND": "transparency.accounts.limits.LimitsCache"}}

# For how many days the texts of applied lineage events are kept, and a run that nobody tells of is remembered.
LINEAGE_EVENTS_DAYS = env.number("LINEAGE_EVENTS_DAYS", default=30, least=1)
# Where lineage files are put for us; sources name files below it, and none outside.
IMPORTS_DIR = Path(env.text("IMPORTS_DIR", str(embedded.local() / "imports")))

# The public log: where its files are, its name, and the keys that sign it (two of them while keys are changed).
LEDGER_DIR = Path(env.text("LEDGER_DIR", str(embedded.local() / "ledger")))
LEDGER_ORIGIN = env.text("LEDGER_ORIGIN", f"{urlsplit(PUBLIC_URL).hostname}/ledger")
LEDGER_KEYS = (
    _required("LEDGER_KEY", development="" if PRODUCTION else embedded.ledger_key()).replace(" ", "").split(",")
)
CHOICES_ARCHIVE = env.text("CHOICES_ARCHIVE")
# Where a worker finds the site as members do, to try whether refusing works.
CANARY_URL = env.text("CANARY_URL", PUBLIC_URL)

LEDGER_WITNESS = env.text("LEDGER_WITNESS")
# Who outside signs each checkpoint too: a public key, a space and an address each.
LEDGER_WITNESSES = env.words("LEDGER_WITNESSES")
# Where what members chose is kept as maps of bits, for the processes of this machine; see enforcement.projections.
PROJECTIONS_DIR = Path(env.text("PROJECTIONS_DIR", str(embedded.local() / "projections")))
# Where the catalog's graph is drawn, for the processes of this machine that explain it; see catalog.atlas.
GRAPH_DIR = Path(env.text("GRAPH_DIR", str(embedded.local() / "graph")))
# Integer member keys below this are positions in these maps; larger ones cost a look-up each.
PROJECTIONS_BOUND = 2**31
# For tests alone: at which places of ``transparency.failpoints`` what shall happen.
FAILPOINTS: dict[str, str] = {}
# How many questions of pipelines a process answers at once; fewer than WEB_THREADS, which members' pages need too.
DECISIONS_AT_ONCE = env.number("DECISIONS_AT_ONCE", default=3, least=1)

# Applications, rooms before doors.
INSTALLED_APPS = [
    "transparency.config",
    "transparency.accounts",
    "transparency.ledger",
    "transparency.catalog",
    "transparency.register",
    "transparency.consent",
    "transparency.enforcement",
    "transparency.review",
    "transparency.members",
    "transparency.staff",
    "transparency.api",
    *([] if PRODUCTION else ["transparency.demo"]),
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "csp",
    "django_structlog",
    "drf_spectacular",
    "rest_framework",
]
MIDDLEWARE = [
    "transparency.config.requests.RequestMiddleware",
    "transparency.config.headers.HeadersMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_permissions_policy.PermissionsPolicyMiddleware",
    "transparency.api.doorway.DoorwayMiddleware",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "transparency.config.health.HealthMiddleware",
    "django.middleware.common.CommonMiddleware",
    "transparency.config.wordless.WordlessMiddleware",
    "transparency.config.machines.FormsMiddleware",
    "transparency.members.press.PressMiddleware",  # needs the host checked, and nothing of what follows
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "transparency.accounts.middleware.LastingMiddleware",
    "transparency.members.signal.SignalMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "transparency.accounts.middleware.OriginMiddleware",
    "transparency.accounts.middleware.CompanySignInMiddleware",
]
ROOT_URLCONF = "transparency.config.urls"
WSGI_APPLICATION = "transparency.config.wsgi.application"
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
                "transparency.config.context.site",
            ],
        },
    },
]

# The database’s own notices of change, and prepared statements (accounts.prepared): off behind a pooler without them.
LISTEN_FOR_CHANGES = env.flag("LISTEN_FOR_CHANGES", default=not TESTING)

# Global Privacy Control: which uses a member's browser refuses by it, and since when this is what we say of it.
GPC_COVERS = env.choice("GPC_COVERS", default="SHARING", of=("SHARING", "TRAINING", "EVERYTHING")).lower()
GPC_STATED_ON = env.day("GPC_STATED_ON", default="2026-11-25")

# How many days before more is done with data members must know, unless a reason is stated; and whether a policy clause
# must cover every use before an edition is published.
NOTICE_DAYS = env.number("NOTICE_DAYS", default=0 if TESTING else 30)
REQUIRE_POLICY_COVERAGE = env.flag("REQUIRE_POLICY_COVERAGE", default=False)

# Language and time: one clock for everything.
LANGUAGE_CODE = "en-gb"
USE_I18N = USE_TZ = True
TIME_ZONE = "UTC"

# How soon pipelines acknowledge a run that the lineage catalog shows.
ACKNOWLEDGE_WITHIN_MINUTES = env.number("ACKNOWLEDGE_WITHIN_MINUTES", default=360)

# Hosts, or hosts with a port, that catalogs may be read from: in the public network, and in the company's own.
CATALOG_HOSTS = env.words("CATALOG_HOSTS")
CATALOG_PRIVATE_HOSTS = env.words("CATALOG_PRIVATE_HOSTS")
CATALOG_REQUESTS_PER_SECOND = env.number("CATALOG_REQUESTS_PER_SECOND", default=50, least=1)
CATALOG_READING_MINUTES = env.number("CATALOG_READING_MINUTES", default=13, least=1)

# Hosts, or hosts with a port, in the company's own network that may be told of new choices.
WEBHOOK_HOSTS = env.words("WEBHOOK_HOSTS")

# Static files.
STATIC_URL = "/static/"
STATIC_ROOT = env.text("STATIC_ROOT", str(embedded.local() / "static"))
STATICFILES_DIRS = [BASE_DIR / "static"]
_static_storage = (
    "django.contrib.staticfiles.storage.StaticFilesStorage"
    if TESTING or DEBUG
    else "whitenoise.storage.CompressedManifestStaticFilesStorage"
)
_lists = env.text("SUPPRESSIONS_STORAGE", str(embedded.local() / "suppressions"))
# Lists of up to so many members are made while the pipeline waits; longer ones by a worker.
SUPPRESSIONS_AT_ONCE = env.number("SUPPRESSIONS_AT_ONCE", default=1_000_000)
STORAGES = {
    "suppressions": env.storage("SUPPRESSIONS_STORAGE", _lists),
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": _static_storage},
}
WHITENOISE_USE_FINDERS = WHITENOISE_AUTOREFRESH = TESTING or DEBUG  # or each test's site looks through all at its start
FORM_RENDERER = "transparency.config.fields.Fields"

# Signing in.
AUTH_USER_MODEL = "accounts.User"
SESSION_ENGINE = "transparency.accounts.stored"
AUTHENTICATION_BACKENDS = ["transparency.accounts.stored.StoredBackend"]
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_ADAPTER = "transparency.accounts.adapter.AccountAdapter"
ACCOUNT_PASSWORD_RESET_TOKEN_GENERATOR = "transparency.accounts.reset_links.EndsWithTheAccount"  # noqa: S105 - names a class
ACCOUNT_FORMS = {"reset_password": "transparency.accounts.adapter.KnownPasswordForm"}
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = f"{ORGANISATION}: "
# Who changes a password or a second factor proves anew who they are, unless they did in the last ten minutes.
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_REAUTHENTICATION_TIMEOUT = int(FRESH.total_seconds())
SOCIALACCOUNT_ADAPTER = "transparency.accounts.adapter.SocialAdapter"
# The company's server vouches for its addresses: whoever it names gets the account with that address.
SOCIALACCOUNT_EMAIL_AUTHENTICATION = True
SOCIALACCOUNT_EMAIL_AUTHENTICATION_AUTO_CONNECT = True
SOCIALACCOUNT_LOGIN_ON_GET = False
LOGIN_REDIRECT_URL = "/accounts/here/"
LOGIN_URL = "/accounts/login/"
LOGOUT_REDIRECT_URL = "/"
MFA_ADAPTER = "transparency.accounts.adapter.SecondFactorAdapter"
MFA_FORMS = {
    "add_webauthn": "transparency.accounts.security_keys.AddForm",
    "authenticate_webauthn": "transparency.accounts.security_keys.SecondFactorForm",
    "login_webauthn": "transparency.accounts.security_keys.LoginForm",
    "reauthenticate_webauthn": "transparency.accounts.security_keys.ReauthenticateForm",
}
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "transparency.accounts.passwords.FittingPassword"},
]
if TESTING:
    # Slow on purpose is right for people and wrong for the thousands that tests create.
    PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
OIDC_SERVER_URL = env.text("OIDC_SERVER_URL")
OIDC_MEMBER_CLAIM = env.text("OIDC_MEMBER_CLAIM", "sub")
OIDC_ORIGINS = env.words("OIDC_ORIGINS") or ["/".join(OIDC_SERVER_URL.split("/")[:3])] * bool(OIDC_SERVER_URL)
SOCIALACCOUNT_PROVIDERS = {
    "openid_connect": {
        "APPS": [
            {
                "provider_id": "company",
                "name": env.text("OIDC_NAME", "your company account"),
                "client_id": _required("OIDC_CLIENT_ID", development="unset"),
                "secret": _required("OIDC_CLIENT_SECRET", development="unset"),
                "settings": {"server_url": OIDC_SERVER_URL, "oauth_pkce_enabled": True},
            }
        ]
        if OIDC_SERVER_URL
        else []
    }
}

# What the browser is told. Cookies carry the __Host- prefix wherever the site speaks TLS.
TLS = PUBLIC_URL.startswith("https://")
SESSION_COOKIE_NAME = "__Host-sid" if TLS else "sid"
SESSION_COOKIE_SECURE = TLS
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
# As long as anybody's session may last; those of staff end much earlier.
SESSION_COOKIE_AGE = int(MEMBERS.whole.total_seconds())
CSRF_COOKIE_NAME = "__Host-csrf" if TLS else "csrf"
CSRF_COOKIE_SECURE = TLS
CSRF_COOKIE_SAMESITE = "Strict"
CSRF_FAILURE_VIEW = "transparency.config.machines.forged"
SECURE_SSL_REDIRECT = TLS
# Whatever asks after our health asks this process, not the proxy that speaks TLS.
SECURE_REDIRECT_EXEMPT = ["^health/"]
SECURE_HSTS_SECONDS = 63_072_000 if TLS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
# Not “no-referrer”: browsers then send “Origin: null” with every form, which the protection against forgery refuses.
SECURE_REFERRER_POLICY = "same-origin"
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUSTED_PROXIES else None
X_FRAME_OPTIONS = "DENY"
# HSTS preloading binds a whole domain for years; that is the company's decision, not ours.
SILENCED_SYSTEM_CHECKS = ["security.W021"]
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF],
        "font-src": [SELF],
        "connect-src": [SELF],
        # Browsers follow the form's target when it redirects, as the button of the company's sign-in does.
        "form-action": [SELF, *OIDC_ORIGINS],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
        "object-src": [NONE],
        "require-trusted-types-for": ["'script'"],
    }
}
# Every feature of a browser that could tell something of a person or get in their way. Sign-in with a key needs two.
_never = (
    "accelerometer autoplay bluetooth browsing-topics camera clipboard-read display-capture encrypted-media fullscreen"
    " gamepad geolocation gyroscope hid idle-detection local-fonts magnetometer microphone midi otp-credentials payment"
    " picture-in-picture screen-wake-lock serial storage-access sync-xhr usb web-share xr-spatial-tracking"
)
_only_here = ("publickey-credentials-create", "publickey-credentials-get")
PERMISSIONS_POLICY: dict[str, list[str]] = {name: [] for name in _never.split()} | {
    name: ["self"] for name in _only_here
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 500

# E-mail.
EMAIL_CONFIG = env.mail("EMAIL_URL", "consolemail://")
EMAIL_BACKEND = EMAIL_CONFIG["EMAIL_BACKEND"]
EMAIL_HOST, EMAIL_PORT = EMAIL_CONFIG.get("EMAIL_HOST") or "localhost", EMAIL_CONFIG.get("EMAIL_PORT") or 25
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = (
    EMAIL_CONFIG.get("EMAIL_HOST_USER") or "",
    EMAIL_CONFIG.get("EMAIL_HOST_PASSWORD") or "",
)
EMAIL_USE_TLS, EMAIL_USE_SSL = EMAIL_CONFIG.get("EMAIL_USE_TLS", False), EMAIL_CONFIG.get("EMAIL_USE_SSL", False)
EMAIL_TIMEOUT = 10
# From which hour on, UTC, the letters of the day are sent.
DIGEST_HOUR = env.number("DIGEST_HOUR", default=6)
DEFAULT_FROM_EMAIL = env.text("DEFAULT_FROM_EMAIL", "transparency@localhost")

# Workers. A task may run twice, after a kill, never not at all; the longest read a catalog, with 5 minutes to merge it.
CELERY_BROKER_URL = env.broker(REDIS_URL)
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_SOFT_TIME_LIMIT = (CATALOG_READING_MINUTES + 5) * 60
CELERY_TASK_TIME_LIMIT = CELERY_TASK_SOFT_TIME_LIMIT + 60
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_TRANSPORT_OPTIONS = {
    # Must exceed the time limit, or a long task runs twice at once. The other two decide how soon after that a lost
    # task comes back: with kombu's defaults the sweep took 99 s whatever the timeout.
    "visibility_timeout": env.number("CELERY_VISIBILITY_TIMEOUT", default=CELERY_TASK_TIME_LIMIT + 100),
    "unacked_restore_interval": 5,
    "unacked_restore_throttle": 1,
    # A broker that hangs is waited for no longer; without these, whoever rings a bell waits for ever.
    "socket_timeout": 2,
    "socket_connect_timeout": 2,
}
CELERY_BEAT_SCHEDULER = "transparency.config.beat:Scheduler"
CELERY_IMPORTS = ("transparency.config.tasks", "transparency.config.watching")
CELERY_BEAT_SCHEDULE = TIMETABLE

# The API. How often one address may read, and one key may send events, in each web process; 0 is without limit.
API_READS_PER_MINUTE = env.number("API_READS_PER_MINUTE", default=600)
LINEAGE_REQUESTS_PER_MINUTE = env.number("LINEAGE_REQUESTS_PER_MINUTE", default=30_000)
REST_FRAMEWORK = {
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "transparency.api.negotiating.ByWeight",
    "DEFAULT_SCHEMA_CLASS": "transparency.api.openapi.Schema",
    "EXCEPTION_HANDLER": "transparency.api.problems.answered",
    "UNAUTHENTICATED_USER": None,
    "URL_FORMAT_OVERRIDE": None,
}
SPECTACULAR_SETTINGS = {
    "OAS_VERSION": "3.1.1",
    "TITLE": SITE_NAME,
    "DESCRIPTION": "Which data feeds which AI feature: what is said, and what was seen. Public, and the same for all.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "POSTPROCESSING_HOOKS": ["transparency.api.openapi.complete"],
}

# Logs: JSON lines in production, without a member's id in any of them.
LOG_LEVEL = env.choice("LOG_LEVEL", default="INFO", of=("DEBUG", "INFO", "WARNING", "ERROR"))
LOGGING = logs.configuration(production=PRODUCTION, level=LOG_LEVEL)
logs.configure()
# A task's start and end are of interest only when something is searched for; its failure always is.
DJANGO_STRUCTLOG_CELERY_ENABLED = True
DJANGO_STRUCTLOG_CELERY_DEFAULT_LOG_LEVEL = logging.DEBUG
DJANGO_STRUCTLOG_CELERY_TASK_FAILURE_LOG_LEVEL = logging.ERROR

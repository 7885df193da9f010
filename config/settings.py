"""Settings: one file, read from the environment, failing loudly.

`TRIAL=1` is the embedded trial of `make run`: plain HTTP on this machine, demo sign-ins. Without it nothing has a
default that would be unsafe in an office.
"""

from datetime import date
from ipaddress import ip_network
from pathlib import Path

import environ
from django.core.exceptions import ImproperlyConfigured
from django.utils.csp import CSP
from django.utils.translation import gettext_lazy as _
from kombu import Queue

from config.store import s3

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()

TRIAL = env.bool("TRIAL", default=False)
DEBUG = False
VERSION = "0.1.0"

SECRET_KEY = env("SECRET_KEY")
if len(SECRET_KEY) < 40:
    raise ImproperlyConfigured("SECRET_KEY must hold at least 40 characters; make one with `openssl rand -base64 48`.")
SITE_URL = env("SITE_URL", default="http://localhost:8000").rstrip("/")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"] if TRIAL else [])
CSRF_TRUSTED_ORIGINS = [SITE_URL]

# The demo sign-ins exist in the trial only.
DEMO_PASSWORD = env("DEMO_PASSWORD", default="together-we-succeed") if TRIAL else None
DEMO_API_TOKEN = env("DEMO_API_TOKEN", default="ip_demo_0123456789abcdefghijklmnopqrstuvwxyz") if TRIAL else None

INSTALLED_APPS = [
    "core",
    "projects",
    "activities",
    "budgets",
    "beneficiaries",
    "reports.indicators",
    "reports",
    "reports.webhooks",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.admin",
    "django.contrib.postgres",
    "django.contrib.humanize",
    "django.forms",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.idp.oidc",
    "rest_framework",
    "drf_spectacular",
    "django_filters",
    "django_htmx",
    "import_export",
]

MIDDLEWARE = [
    "core.middleware.BodyLimitMiddleware",
    "core.middleware.MemoryMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.csp.ContentSecurityPolicyMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "core.middleware.SecondFactorMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.app"
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "core.context.portal",
            ],
        },
    },
]

DATABASES = {"default": env.db("DATABASE_URL")}
DATABASES["default"].setdefault("OPTIONS", {}).update({"pool": {"min_size": 1, "max_size": 8, "timeout": 10}})
DATABASES["default"]["CONN_HEALTH_CHECKS"] = True  # after a restart of the database no dead connection is handed out
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- accounts -------------------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "core.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
if env.bool("FAST_HASHER", default=False):  # tests only: a real hash costs 0.4 s a sign-in
    PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "core:start"
ACCOUNT_ADAPTER = "core.accounts.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none" if TRIAL else "mandatory"
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_REAUTHENTICATION_REQUIRED = True
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = "Inclusion portal"
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = TRIAL
# Roles that must have a second factor before they see anything but its set-up page.
SECOND_FACTOR_ROLES = env.list("SECOND_FACTOR_ROLES", default=[] if TRIAL else ["administrator", "officer", "auditor"])
SESSION_COOKIE_AGE = 10 * 60 * 60
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
IDLE_MINUTES = env.int("IDLE_MINUTES", default=60)

IDP_OIDC_AUTH_METHODS = ["client_secret_basic", "client_secret_post"]  # of systems; their tokens live an hour
IDP_OIDC_ACCESS_TOKEN_EXPIRES_IN = 3600

# --- languages ------------------------------------------------------------------------------------------------------
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("bg", "Български"), ("lv", "Latviešu")]
LOCALE_PATHS = [BASE_DIR / "config" / "locale"]
TIME_ZONE = env("TIME_ZONE", default="Europe/Sofia")
DUAL_DISPLAY = {  # by country: first and last day on which the public and reports see euro and lev beside each other
    "BG": (
        date.fromisoformat(env("DUAL_DISPLAY_FROM", default="2025-08-08")),
        date.fromisoformat(env("DUAL_DISPLAY_TO", default="2026-08-08")),
    )
}
USE_I18N = True
USE_TZ = True

# --- files ----------------------------------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = env("STATIC_DIR", default=str(BASE_DIR / "static-build"))
# Private files: evidence and reports, answered only after the access check. They lie in a folder of this machine, or in
# the bucket of an S3-compatible store that all machines of the portal share (config/store.py); the bucket wins.
FILES_URL = env("FILES_URL", default="")
FILES_DIR = Path(env("FILES_DIR", default="" if FILES_URL else env.NOTSET))
# PKCS #12 file with the portal's RSA key and certificates, by which sealed PDF files are signed; none: not signed
SIGNING_PKCS12 = env("SIGNING_PKCS12", default="")
SIGNING_PASSPHRASE = env("SIGNING_PASSPHRASE", default="")
STORAGES = {
    "default": s3(FILES_URL) if FILES_URL else {"BACKEND": "core.storage.Folder"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
REPORTS_PER_PERSON = env.int("REPORTS_PER_PERSON", default=5)  # waiting or being made at once
REPORT_PDF_ROWS = env.int("REPORT_PDF_ROWS", default=200)  # of a table in a PDF; its CSV file has them all
REPORT_FILES_DAYS = env.int("REPORT_FILES_DAYS", default=180)  # then files of working reports are put away
EXPORT_ROWS_AT_ONCE = env.int("EXPORT_ROWS_AT_ONCE", default=5_000)  # a longer table is written by a worker
EXPORT_HOURS = env.int("EXPORT_HOURS", default=24)  # then the file of a worker, with data of participants, is gone
MICRODATA_COUNTRY = env("MICRODATA_COUNTRY", default="BG")  # whose sheet a programme without its own country writes
CHANGES_DAYS = env.int("CHANGES_DAYS", default=400)  # then the feeds of the API forget a change
ERASURE_GRACE_DAYS = env.int("ERASURE_GRACE_DAYS", default=30)  # from the end of retention to erasing by the clock
IRREGULARITY_REPORTED_FROM = env.int("IRREGULARITY_REPORTED_FROM", default=10_000)  # euro of the Funds (Annex XII)
SMALL_COUNT = env.int("SMALL_COUNT", default=5)  # published counts of persons below it are hidden
SMALL_SENSITIVE_COUNT = env.int("SMALL_SENSITIVE_COUNT", default=10)  # those of special categories (GDPR Art. 9)
IMPORT_KINDS = {"costs": "budgets.resources.COSTS"}  # spreadsheets the wizard takes in for other apps than its own
BULK_KINDS = {  # collections that take many rows in one request
    "activities": "activities.resources.ACTIVITIES",
    "groups": "activities.resources.GROUPS",
    "sessions": "activities.resources.SESSIONS",
    "participants": "beneficiaries.resources.PARTICIPANTS",
    "attendance": "beneficiaries.resources.ATTENDANCE",
    "reported-costs": "budgets.resources.SENT_COSTS",
}
EXPORT_TABLES = [  # tables that may be taken away as files
    "beneficiaries.tables.PARTICIPANTS",
    "beneficiaries.tables.MICRODATA",
    "budgets.taken.VISITS",
    "budgets.taken.CORRECTIONS",
    "budgets.taken.ENTRIES",
    "budgets.taken.ACCOUNTS",
    "reports.taken.PROJECTS",
    "reports.taken.TRAIL",
    "reports.indicators.taken.SCHOOL_YEARS",
]
BULK_ROWS_AT_ONCE = env.int("BULK_ROWS_AT_ONCE", default=1_000)  # more are a job; a tenth where they go in one by one
BULK_JOBS_PER_PERSON = env.int("BULK_JOBS_PER_PERSON", default=5)  # waiting or at work
REPORT_KINDS = [  # the catalogue of reports, in the order in which they are offered
    "reports.kinds.progress.PROGRESS",
    "reports.kinds.indicators.INDICATORS",
    "reports.kinds.execution.EXECUTION",
    "reports.kinds.progress.SUBMITTED",
    "reports.kinds.packages.FINAL_PACKAGES",
    "reports.kinds.annex_vii.ANNEX_VII",
    "reports.kinds.operations.OPERATIONS_LIST",
    "reports.kinds.schools.CARD",
    "reports.kinds.schools.NETWORK",
    "reports.kinds.funder.FUNDER",
]
ANNEX_VII_DAYS = ["01-31", "04-30", "07-31", "09-30", "11-30"]  # of transmission, month and day (CPR Art. 42(1))
ANNEX_VII_INDICATOR_DAYS = ["01-31", "07-31"]  # those of Tables 6 and 10
ANNEX_VII_MONTHS_BACK = env.int("ANNEX_VII_MONTHS_BACK", default=1)  # data end with the month before (Art. 42(4))
UPLOAD_LIMIT = env.int("UPLOAD_LIMIT_MB", default=20) * 1024 * 1024  # one file
INCOMING_LIMIT = env.int("INCOMING_LIMIT_MB", default=1024) * 1024 * 1024  # of one person, on their way by pieces
BODY_LIMIT = UPLOAD_LIMIT + 4 * 1024 * 1024  # one request; more is refused before it is read
DATA_UPLOAD_MAX_MEMORY_SIZE = 4 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5000

# --- mail -----------------------------------------------------------------------------------------------------------
MAIL_URL = env("MAIL_URL", default="")
if MAIL_URL:
    _mail = env.email_url("MAIL_URL")
    MAILERS = {
        "default": {
            "BACKEND": _mail["EMAIL_BACKEND"],
            "OPTIONS": {
                "host": _mail["EMAIL_HOST"],
                "port": _mail["EMAIL_PORT"],
                "username": _mail["EMAIL_HOST_USER"],
                "password": _mail["EMAIL_HOST_PASSWORD"],
                "use_tls": _mail.get("EMAIL_USE_TLS", False),
            },
        }
    }
else:
    MAILERS = {"default": {"BACKEND": "django.core.mail.backends.console.EmailBackend"}}
DEFAULT_FROM_EMAIL = env("MAIL_FROM", default="portal@localhost")

# --- security -------------------------------------------------------------------------------------------------------
SECURE_CSP = {
    "default-src": [CSP.NONE],
    "script-src": [CSP.SELF],
    "style-src": [CSP.SELF],
    "img-src": [CSP.SELF, "data:"],
    "font-src": [CSP.SELF],
    "connect-src": [CSP.SELF],
    "form-action": [CSP.SELF],
    "base-uri": [CSP.NONE],
    "frame-ancestors": [CSP.NONE],
    "object-src": [CSP.NONE],
}
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CONTENT_TYPE_NOSNIFF = True
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "core.views.csrf_failure"
if not TRIAL:
    SECURE_SSL_REDIRECT = True
    SECURE_REDIRECT_EXEMPT = [r"^health/$"]
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_HSTS_SECONDS = 31536000
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
    SESSION_COOKIE_SECURE = True
    CSRF_COOKIE_SECURE = True
# National numbers are kept as a keyed hash only; the key is its own secret so that SECRET_KEY may change.
NATIONAL_NUMBER_KEY = env("NATIONAL_NUMBER_KEY", default=SECRET_KEY if TRIAL else env.NOTSET)

# How many proxies of the office stand before the portal: X-Forwarded-For is believed so far from its end, no farther.
TRUSTED_PROXIES = env.int("TRUSTED_PROXIES", default=0 if TRIAL else 1)
ALLAUTH_TRUSTED_PROXY_COUNT = TRUSTED_PROXIES

# --- workers --------------------------------------------------------------------------------------------------------
CELERY_BROKER_URL = env("REDIS_URL")
CELERY_TASK_QUEUES = [Queue("short"), Queue("long")]  # a worker serves both, or those it is started with
CELERY_TASK_DEFAULT_QUEUE = "short"
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_MAX_TASKS_PER_CHILD = 20  # PDF memory is given back when the child ends
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None  # a worker waits for its broker however long that is away
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 3600,
    "unacked_restore_throttle": 1,
    "unacked_restore_interval": 10,
}
CELERY_TIMEZONE = "UTC"

# --- API ------------------------------------------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "core.api.tokens.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["core.api.SignedIn"],
    "DEFAULT_RENDERER_CLASSES": ["core.api.FastJSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_SCHEMA_CLASS": "core.api.Schema",
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "DEFAULT_THROTTLE_CLASSES": ["core.api.ClientRateThrottle"],
    "DEFAULT_THROTTLE_RATES": {"client": env("API_RATE", default="600/min")},
    "NUM_PROXIES": TRUSTED_PROXIES,
    "EXCEPTION_HANDLER": "core.api.problem",
    "COERCE_DECIMAL_TO_STRING": True,
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
    "URL_FORMAT_OVERRIDE": None,
}
# Webhooks: messages to other systems. Their secrets are encrypted with the first key; all of them still open.
WEBHOOK_KEYS = env.list("WEBHOOK_KEYS", default=[SECRET_KEY]) or [SECRET_KEY]
# Networks inside which messages may go all the same, such as 10.20.0.0/16; public addresses are always open
WEBHOOK_PRIVATE_ADDRESSES = [ip_network(each) for each in env.list("WEBHOOK_PRIVATE_ADDRESSES", default=[])]
WEBHOOK_WAITS = env.list(  # seconds between the attempts; then a message is given up
    "WEBHOOK_WAITS", int, [5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400]
)
WEBHOOK_PAUSE_DAYS = env.int("WEBHOOK_PAUSE_DAYS", default=5)  # of failing without one success
WEBHOOK_DAYS = env.int("WEBHOOK_DAYS", default=30)  # then the log forgets a message
SPECTACULAR_SETTINGS = {
    "TITLE": "Inclusion portal API",
    "DESCRIPTION": "Projects, activities, sessions, attendance, participants, indicators and sealed reports.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": r"/api/v1",
    "COMPONENT_SPLIT_REQUEST": True,
    "LICENSE": {"name": "EUPL-1.2"},
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "core.api.grants.add_token_endpoint",
        "core.api.links.add_links",
        "reports.webhooks.api.add_webhooks",
        "core.api.samples.add_samples",
    ],
}

CACHES = {  # what all processes count together, beside the broker's own keys
    "default": {"BACKEND": "core.shared.SharedCache", "LOCATION": env("REDIS_URL"), "KEY_PREFIX": "portal"}
}
SILENCED_SYSTEM_CHECKS: list[str] = []
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": env("LOG_LEVEL", default="WARNING")},
    "loggers": {
        "fontTools": {"level": "ERROR"},
        "weasyprint": {"level": "ERROR"},
        "django.server": {"level": "WARNING"},
    },
}

# --- words of the deployer ------------------------------------------------------------------------------------------
PORTAL_NAME = env("PORTAL_NAME", default="") or _("Inclusion portal")
DEPLOYER = {
    "name": env("DEPLOYER_NAME", default=""),
    "email": env("DEPLOYER_EMAIL", default=""),
    "phone": env("DEPLOYER_PHONE", default=""),
    "address": env("DEPLOYER_ADDRESS", default=""),
    "enforcement_bg": env("DEPLOYER_ENFORCEMENT_BG", default=""),
    "enforcement_lv": env("DEPLOYER_ENFORCEMENT_LV", default=""),
}
EU_LOCKUP_DIR = env("EU_LOCKUP_DIR", default="img/eu")  # below static/: the official files may replace ours

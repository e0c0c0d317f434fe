"""Every setting, with a default that works on a laptop. `.env.example` explains them."""

import math
import os
from pathlib import Path
from typing import Any

from ragws.env import (
    env,
    envbool,
    envdatabase,
    envfloat,
    envfolder,
    envint,
    envlevel,
    envlist,
    envredis,
    envurl,
    envzone,
)
from ragws.generated_secrets import env_or_generated_secret

# Whatever this program creates is for its own user only.
os.umask(0o077)

# Before numpy is imported. Its threads wait for each other where several searches compute at the
# same time: that takes twice the CPU time.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

BASE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = envfolder("RAGWS_DATA_DIR", BASE_DIR / "var")

DEBUG = envbool("DEBUG")
SECRET_KEY = env_or_generated_secret("SECRET_KEY", DATA_DIR / "secret_key")
SECRET_KEY_FALLBACKS = envlist("SECRET_KEY_FALLBACKS")
ALLOWED_HOSTS = envlist("ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]")
CSRF_TRUSTED_ORIGINS = envlist("CSRF_TRUSTED_ORIGINS")
ALLOWED_ORIGINS = envlist("ALLOWED_ORIGINS")
CLOSED_ORIGINS = envbool("CLOSED_ORIGINS")
URL_PREFIX = f"/{env('URL_PREFIX').strip('/')}".rstrip("/")
FORCE_SCRIPT_NAME = URL_PREFIX or None
SESSION_COOKIE_PATH = CSRF_COOKIE_PATH = LANGUAGE_COOKIE_PATH = URL_PREFIX or "/"

# Storage.
DATABASE_URL = env("DATABASE_URL")
REDIS_URL = envredis("REDIS_URL")
SQLITE: dict[str, Any] = {
    "ENGINE": "django.db.backends.sqlite3",
    "NAME": str(DATA_DIR / "ragws.sqlite3"),
    # A thread keeps its connection: opening the file costs more than most queries.
    "CONN_MAX_AGE": None,
    "OPTIONS": {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
    },
    # Threads and processes share it in tests too, so it has to be a file there as well.
    "TEST": {"NAME": str(DATA_DIR / "test.sqlite3")},
}
DATABASE_POOL_SIZE = envint("DATABASE_POOL_SIZE", 8)
DATABASES = {"default": envdatabase("DATABASE_URL", SQLITE, DATABASE_POOL_SIZE)}
if REDIS_URL:
    CHANNEL_LAYERS = {
        "default": {
            "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
            "CONFIG": {"hosts": [REDIS_URL]},
        }
    }
else:
    # A process joins a group once, for as long as it runs.
    CHANNEL_LAYERS = {
        "default": {
            "BACKEND": "channels.layers.InMemoryChannelLayer",
            "CONFIG": {"group_expiry": math.inf},
        }
    }
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Apps, middleware, templates.
INSTALLED_APPS = [
    "ragws",  # its `runserver` comes before daphne's, and that before Django's
    "daphne",
    # Before the admin, whose templates it changes.
    "accounts",
    "ragws.apps.AdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "channels",
    "servestatic",
    "rest_framework",
    "knowledge",
    "chat",
    "console",
]
MIDDLEWARE = [
    "ragws.request_ids.request_ids",
    "django.middleware.security.SecurityMiddleware",
    "ragws.security_headers.security_headers",
    "servestatic.middleware.ServeStaticMiddleware",
    "accounts.audit.middleware.actor_middleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "ragws.rate_limit_middleware.RateLimitMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
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
ROOT_URLCONF = "ragws.urls"
ASGI_APPLICATION = "ragws.asgi.application"
STATIC_URL = "static/"
STATIC_ROOT = env("STATIC_ROOT") or None
# `collectstatic` writes for a web server, which runs as another user; files are 0o644 by default.
FILE_UPLOAD_DIRECTORY_PERMISSIONS = 0o755
SERVESTATIC_USE_FINDERS = True
STORAGES: dict[str, dict[str, Any]] = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    # The originals of documents, which every worker has to reach.
    "documents": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {
            "location": str(envfolder("DOCUMENTS_DIR", DATA_DIR / "documents")),
            "file_permissions_mode": 0o600,
            "directory_permissions_mode": 0o700,
        },
    },
}

# Language and time.
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("zh-hans", "简体中文")]
USE_I18N = True
USE_TZ = True
TIME_ZONE = envzone("TIME_ZONE", "UTC")

# Authentication.
AUTH_USER_MODEL = "accounts.User"
SESSION_ENGINE = "accounts.logins.session_store"
AUTHENTICATION_BACKENDS = ["accounts.logins.password_backend.PasswordBackend"]
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "playground"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
] + [{"NAME": "accounts.logins.passwords.PublishPasswordChange"}]
JWT_KEY = env_or_generated_secret("JWT_KEY", DATA_DIR / "jwt_key")
JWT_KEY_FALLBACKS = envlist("JWT_KEY_FALLBACKS")
JWT_LIFETIME_S = envint("JWT_LIFETIME_S", 900)
REFRESH_LIFETIME_S = envint("REFRESH_LIFETIME_S", 30 * 24 * 3600)
LOGIN_LIFETIME_DAYS = envint("LOGIN_LIFETIME_DAYS", 365)
TICKET_LIFETIME_S = envint("TICKET_LIFETIME_S", 60)
PASSWORD_HASHES_AT_ONCE = envint("PASSWORD_HASHES_AT_ONCE", 2)
LOGIN_LINK_LIFETIME_S = envint("LOGIN_LINK_LIFETIME_S", 3600)
IDENTITY_CACHE_S = envfloat("IDENTITY_CACHE_S", 30)
IDENTITY_CACHE_SIZE = envint("IDENTITY_CACHE_SIZE", 10_000)

# Limits for each address, each token (or user, of a login or a cookie), each end user.
# 0 is no limit.
MAX_TOKENS_PER_USER = envint("MAX_TOKENS_PER_USER", 100)
TRUSTED_PROXIES = envint("TRUSTED_PROXIES", 0)
ADDRESS_HANDSHAKES_PER_MINUTE = envint("ADDRESS_HANDSHAKES_PER_MINUTE", 30_000)
TOKEN_HANDSHAKES_PER_MINUTE = envint("TOKEN_HANDSHAKES_PER_MINUTE", 30_000)
USER_HANDSHAKES_PER_MINUTE = envint("USER_HANDSHAKES_PER_MINUTE", 4 * TOKEN_HANDSHAKES_PER_MINUTE)
END_USER_HANDSHAKES_PER_MINUTE = envint("END_USER_HANDSHAKES_PER_MINUTE", 300)
ADDRESS_FAILURES_PER_MINUTE = envint("ADDRESS_FAILURES_PER_MINUTE", 120)
ADDRESS_CONNECTIONS = envint("ADDRESS_CONNECTIONS", 20_000)
ADDRESS_BODIES_AT_ONCE = envint("ADDRESS_BODIES_AT_ONCE", 64)
ADDRESS_SOCKETS = envint("ADDRESS_SOCKETS", 20_000)
TOKEN_SOCKETS = envint("TOKEN_SOCKETS", 20_000)
USER_SOCKETS = envint("USER_SOCKETS", 4 * TOKEN_SOCKETS)
END_USER_SOCKETS = envint("END_USER_SOCKETS", 20)
ADDRESS_QUESTIONS_PER_MINUTE = envint("ADDRESS_QUESTIONS_PER_MINUTE", 30_000)
TOKEN_QUESTIONS_PER_MINUTE = envint("TOKEN_QUESTIONS_PER_MINUTE", 30_000)
USER_QUESTIONS_PER_MINUTE = envint("USER_QUESTIONS_PER_MINUTE", 4 * TOKEN_QUESTIONS_PER_MINUTE)
END_USER_QUESTIONS_PER_MINUTE = envint("END_USER_QUESTIONS_PER_MINUTE", 60)
ADDRESS_ANSWERS_AT_ONCE = envint("ADDRESS_ANSWERS_AT_ONCE", 5000)
TOKEN_ANSWERS_AT_ONCE = envint("TOKEN_ANSWERS_AT_ONCE", 5000)
USER_ANSWERS_AT_ONCE = envint("USER_ANSWERS_AT_ONCE", 4 * TOKEN_ANSWERS_AT_ONCE)
END_USER_ANSWERS_AT_ONCE = envint("END_USER_ANSWERS_AT_ONCE", 10)
ADDRESS_MODEL_TOKENS_PER_DAY = envint("ADDRESS_MODEL_TOKENS_PER_DAY", 0)
TOKEN_MODEL_TOKENS_PER_DAY = envint("TOKEN_MODEL_TOKENS_PER_DAY", 0)
USER_MODEL_TOKENS_PER_DAY = envint("USER_MODEL_TOKENS_PER_DAY", 4 * TOKEN_MODEL_TOKENS_PER_DAY)
END_USER_MODEL_TOKENS_PER_DAY = envint("END_USER_MODEL_TOKENS_PER_DAY", 0)
MODEL_TOKENS_SET_ASIDE = envint("MODEL_TOKENS_SET_ASIDE", 2000)

# Mini programs whose users may log in, each once it has an APP_ID.
MINI_PROGRAMS: dict[str, dict[str, Any]] = {
    "wechat": {
        "BACKEND": "accounts.mini_programs.wechat.WeChat",
        "APP_ID": env("WECHAT_APP_ID"),
        "SECRET": env("WECHAT_SECRET"),
        "BASE_URL": envurl("WECHAT_BASE_URL", "https://api.weixin.qq.com"),
    },
    "qq": {
        "BACKEND": "accounts.mini_programs.wechat.WeChat",
        "APP_ID": env("QQ_APP_ID"),
        "SECRET": env("QQ_SECRET"),
        "BASE_URL": envurl("QQ_BASE_URL", "https://api.q.qq.com"),
    },
    "douyin": {
        "BACKEND": "accounts.mini_programs.douyin.Douyin",
        "APP_ID": env("DOUYIN_APP_ID"),
        "SECRET": env("DOUYIN_SECRET"),
        "BASE_URL": envurl("DOUYIN_BASE_URL", "https://developer.toutiao.com"),
    },
}
MINI_PROGRAM_TIMEOUT_S = envfloat("MINI_PROGRAM_TIMEOUT_S", 5)

# Behind a proxy that ends TLS; it has to send X-Forwarded-Proto.
HTTPS = envbool("HTTPS")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = HTTPS
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None

# What is logged: one line each, on stderr.
LOG_LEVEL = envlevel("LOG_LEVEL", "INFO")
OUR_LOGGERS = dict.fromkeys(
    ("accounts", "chat", "console", "core", "knowledge", "ragws"), LOG_LEVEL
)
# At INFO they log addresses, and some model servers want their key in the address.
VERBOSE_LOGGERS = dict.fromkeys(("httpx", "httpcore"), "WARNING")
# It logs a traceback every second while Redis is away; we log one line.
VERBOSE_LOGGERS["channels_redis.pubsub"] = "CRITICAL"
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {
        "query_string": {"()": "ragws.log_filters.QueryStringFilter"},
        "secrets": {"()": "ragws.log_filters.SecretsFilter"},
        "incidents": {"()": "ragws.incident_filter.IncidentFilter"},
        "client_errors": {"()": "ragws.incident_filter.ClientErrorFilter"},
        "context": {"()": "ragws.incident_filter.ContextFilter"},
    },
    "formatters": {
        "line": {"format": "{asctime} {levelname} {name}{context}: {message}", "style": "{"},
        "bare": {"format": "{message}", "style": "{"},
    },
    "handlers": {
        "console": {
            "class": "ragws.log_handler.CopyingStreamHandler",
            "filters": ["query_string", "incidents", "client_errors", "context", "secrets"],
            "formatter": "line",
        },
        # These lines are JSON only.
        "audit": {
            "class": "logging.StreamHandler",
            "filters": ["secrets"],
            "formatter": "bare",
        },
    },
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {
        name: {"level": level}
        for name, level in {"django": "INFO", **OUR_LOGGERS, **VERBOSE_LOGGERS}.items()
    }
    | {"ragws.audit": {"level": "INFO", "handlers": ["audit"], "propagate": False}},
}

DEFAULT_EXCEPTION_REPORTER_FILTER = "ragws.error_pages.RedactingReporterFilter"

# For how many days the audit log is kept; 0: for ever.
AUDIT_DAYS = envint("AUDIT_DAYS", 365)

# Requests and sockets.
SLOW_REQUEST_S = envfloat("SLOW_REQUEST_S", 10)
MAX_REQUEST_BYTES = envint("MAX_REQUEST_BYTES", 1024 * 1024)
MAX_UPLOAD_BYTES = envint("MAX_UPLOAD_BYTES", 256 * 1024 * 1024)
MAX_UPLOAD_S = envfloat("MAX_UPLOAD_S", 1800)
# A body that is not there yet is kept in memory up to this size, and in a file beyond it.
FILE_UPLOAD_MAX_MEMORY_SIZE = 64 * 1024
MAX_FRAMES_PER_S = envint("MAX_FRAMES_PER_S", 20)
MAX_FRAME_BYTES = envint("MAX_FRAME_BYTES", 64 * 1024)
MAX_OUTBOUND_FRAME_BYTES = envint("MAX_OUTBOUND_FRAME_BYTES", 256 * 1024)
MAX_QUESTION_CHARS = envint("MAX_QUESTION_CHARS", 16_000)
MAX_WAITING_QUESTIONS = envint("MAX_WAITING_QUESTIONS", 8)
MAX_SIDE_BY_SIDE = envint("MAX_SIDE_BY_SIDE", 4)
MAX_SOCKET_LIFE_S = envint("MAX_SOCKET_LIFE_S", 4 * 3600)
STALLED_READER_S = envfloat("STALLED_READER_S", 30)
CHUNK_GAP_S = envfloat("CHUNK_GAP_S", 0)
SSE_KEEP_ALIVE_S = envfloat("SSE_KEEP_ALIVE_S", 15)

# Answers.
STORE_TICK_S = envfloat("STORE_TICK_S", 0.01)
CHECKPOINT_S = envfloat("CHECKPOINT_S", 1)
DRAIN_DELAY_S = envfloat("DRAIN_DELAY_S", 0)
DRAIN_S = envfloat("DRAIN_S", 25)
DRAIN_MAX_S = envfloat("DRAIN_MAX_S", 300)
IDEMPOTENCY_HOURS = envint("IDEMPOTENCY_HOURS", 24)

CITATION_FOOTNOTES = envbool("CITATION_FOOTNOTES")

# RAGFlow's API: the shape of the addresses below /ragflow, "0.24" or "0.25".
RAGFLOW_RELEASE = env("RAGFLOW_RELEASE", "0.24")
# Whether they are also without /ragflow in front.
RAGFLOW_AT_ROOT = envbool("RAGFLOW_AT_ROOT")
# Whether anybody may make an account there, as RAGFlow's own tests do.
RAGFLOW_BOOTSTRAP = envbool("RAGFLOW_BOOTSTRAP")

# Documents and files.
MAX_DOCUMENT_BYTES = envint("MAX_DOCUMENT_BYTES", 50 * 1024 * 1024)
MAX_FILE_BYTES = envint("MAX_FILE_BYTES", 10 * 1024 * 1024)
USER_DOCUMENT_BYTES = envint("USER_DOCUMENT_BYTES", 10 * 1024**3)
USER_FILE_BYTES = envint("USER_FILE_BYTES", 1024**3)
END_USER_FILE_BYTES = envint("END_USER_FILE_BYTES", 100 * 1024 * 1024)
UNUSED_FILE_HOURS = envint("UNUSED_FILE_HOURS", 72)
MAX_FILES_PER_QUESTION = envint("MAX_FILES_PER_QUESTION", 8)
CHUNK_CHARS = envint("CHUNK_CHARS", 1200)
MAX_READERS = envint("MAX_READERS", 3)
MAX_READING_S = envint("MAX_READING_S", 60)
MAX_READING_BYTES = envint("MAX_READING_BYTES", 768 * 1024**2)
MAX_RECOGNITION_BYTES = envint("MAX_RECOGNITION_BYTES", 2 * 1024**3)

# Vectors. Without an address they come from the built-in encoder.
EMBEDDING_BASE_URL = env("EMBEDDING_BASE_URL")
EMBEDDING_MODEL = env("EMBEDDING_MODEL")
EMBEDDING_API_KEY = env("EMBEDDING_API_KEY")
EMBEDDING_TIMEOUT_S = envfloat("EMBEDDING_TIMEOUT_S", 60)
MAX_VECTOR_BYTES = envint("MAX_VECTOR_BYTES", 640 * 1024**2)

# Engines. A dialog names one of these.
ENGINES: dict[str, dict[str, Any]] = {
    "extractive": {"BACKEND": "chat.engines.extractive.engine.ExtractiveEngine"},
    "openai": {
        "BACKEND": "chat.engines.openai.engine.OpenAIEngine",
        "API_KEY": env("OPENAI_API_KEY"),
        "BASE_URL": env("OPENAI_BASE_URL", "https://api.openai.com/v1"),
        "MODEL": env("OPENAI_MODEL"),
        "TIMEOUT_S": envfloat("OPENAI_TIMEOUT_S", 60),
        "REWRITE_TIMEOUT_S": envfloat("OPENAI_REWRITE_TIMEOUT_S", 5),
        "CONTEXT_TOKENS": envint("OPENAI_CONTEXT_TOKENS", 16_000),
        "MAX_ANSWER_S": envfloat("OPENAI_MAX_ANSWER_S", 3600),
        "MAX_ANSWER_CHARS": envint("OPENAI_MAX_ANSWER_CHARS", 400_000),
        "MAX_REASONING_CHARS": envint("OPENAI_MAX_REASONING_CHARS", 1_000_000),
        "MAX_LINE_BYTES": envint("OPENAI_MAX_LINE_BYTES", 1024 * 1024),
        "PRIVATE_NETWORKS": envlist("OPENAI_PRIVATE_NETWORKS"),
    },
    "ragflow": {
        "BACKEND": "chat.engines.ragflow.engine.RAGFlowEngine",
        "API_KEY": env("RAGFLOW_API_KEY"),
        "BASE_URL": env("RAGFLOW_BASE_URL"),
        "TIMEOUT_S": envfloat("RAGFLOW_TIMEOUT_S", 120),
        "MAX_ANSWER_S": envfloat("RAGFLOW_MAX_ANSWER_S", 3600),
        "MAX_ANSWER_CHARS": envint("RAGFLOW_MAX_ANSWER_CHARS", 400_000),
        "MAX_REASONING_CHARS": envint("RAGFLOW_MAX_REASONING_CHARS", 1_000_000),
        "MAX_LINE_BYTES": envint("RAGFLOW_MAX_LINE_BYTES", 1024 * 1024),
        "PRIVATE_NETWORKS": envlist("RAGFLOW_PRIVATE_NETWORKS"),
    },
}
ENABLE_LOAD_ENGINE = envbool("ENABLE_LOAD_ENGINE")
if ENABLE_LOAD_ENGINE:
    ENGINES["load"] = {"BACKEND": "chat.engines.load.LoadEngine"}
DEFAULT_ENGINE = env("DEFAULT_ENGINE", "extractive")

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["accounts.rest.authentication.IdentityAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": [
        "rest_framework.permissions.IsAuthenticated",
        "accounts.rest.authentication.HasRequiredScope",
    ],
    "DEFAULT_RENDERER_CLASSES": ["ragws.rest_envelope.EnvelopeRenderer"],
    "DEFAULT_PARSER_CLASSES": ["ragws.rest_envelope.ShallowJSONParser"],
    "EXCEPTION_HANDLER": "ragws.rest_envelope.handle_exception",
}

"""What is unset or unsafe in production is refused at the start, by name; development is asked nothing."""

import os
import runpy
import subprocess
import sys

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import OperationalError, connection

from tests.config.production import ROOT, environment
from transparency.config import checks, embedded

SAFE = {
    "PRODUCTION": True,
    "TLS": True,
    "SECRET_KEY": "abcdefghijklmnopqrstuvwxyz0123456789-_ABCDEFGHIJKLMN",
    "DEBUG": False,
    "ALLOWED_HOSTS": ["transparency.example"],
    "PUBLIC_URL": "https://transparency.example",
    "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
    "DEFAULT_FROM_EMAIL": "privacy@transparency.example",
    "STAFF_SECOND_FACTOR": True,
    "PASSWORD_SIGN_IN": True,
    "OIDC_SERVER_URL": "",
    "REDIS_URL": "rediss://:password@redis.example:6379/0",
    "CSRF_TRUSTED_ORIGINS": [],
    "TRUSTED_PROXIES": 1,
    "CATALOG_HOSTS": ["catalog.example", "lineage.example:8443"],
    "CATALOG_PRIVATE_HOSTS": ["marquez.internal:5000", "10.0.0.7", "fd00::7"],
}
UNSAFE = [
    ("E001", "SECRET_KEY", "short"),
    ("E001", "SECRET_KEY", "a" * 60),
    ("E001", "SECRET_KEY", "django-insecure-abcdefghijklmnopqrstuvwxyz0123456789abcdefgh"),
    ("E002", "DEBUG", True),
    ("E003", "ALLOWED_HOSTS", ["transparency.example", "*"]),
    ("E003", "ALLOWED_HOSTS", ["transparency.example", ".elsewhere.example"]),
    ("E004", "TLS", False),
    ("E005", "PUBLIC_URL", "https://elsewhere.example"),
    ("E006", "EMAIL_BACKEND", "django.core.mail.backends.console.EmailBackend"),
    ("E007", "DEFAULT_FROM_EMAIL", "transparency@localhost"),
    ("E008", "STAFF_SECOND_FACTOR", False),
    ("E009", "REDIS_URL", "rediss://redis.example:6379/0"),
    ("E010", "PASSWORD_SIGN_IN", False),
    ("E011", "OIDC_SERVER_URL", "http://sign-in.example"),
    ("E012", "CSRF_TRUSTED_ORIGINS", ["https://*.example"]),
    ("E012", "CSRF_TRUSTED_ORIGINS", ["http://transparency.example"]),
    ("E013", "CELERY_BROKER_TRANSPORT_OPTIONS", {"visibility_timeout": 900}),
    ("E014", "TRUSTED_PROXIES", 0),
    ("E016", "LEDGER_WITNESSES", ["nobody"]),
    ("E017", "CATALOG_HOSTS", ["catalog.example", "https://lineage.example"]),
    ("E017", "CATALOG_HOSTS", ["*.example"]),
    ("E018", "CATALOG_PRIVATE_HOSTS", ["marquez.internal:5000/api"]),
    ("E020", "FAILPOINTS", {"choice.append": "kill"}),
    ("E021", "WORKER_DATABASE", {"NAME": "another", "USER": "worker"}),
    ("W004", "WORKER_DATABASE", None),
    ("W001", "REDIS_URL", "redis://:password@redis.example:6379/0"),
]
MISTYPED = [
    ("DEBUG", "maybe"),
    ("STAFF_SECOND_FACTOR", "ture"),
    ("TRUSTED_PROXIES", "-1"),
    ("CELERY_VISIBILITY_TIMEOUT", "soon"),
    ("DATABASE_URL", "sqlite:///here"),
    ("WORKER_DATABASE_URL", "sqlite:///here"),
    ("DATABASE_URL", "postgresql://host:door/name"),
    ("EMAIL_URL", "pigeon"),
    ("LOG_LEVEL", "LOUD"),
]


@pytest.fixture
def safe(settings):
    """Settings as production should have them."""
    for name, value in SAFE.items():
        setattr(settings, name, value)
    settings.WORKER_DATABASE = settings.DATABASES["default"] | {"USER": "worker"}
    return settings


@pytest.fixture
def remembering(monkeypatch):
    """A database that keeps what it confirmed: the tests' own doesn't."""
    monkeypatch.setattr(checks, "of_the_database", list)


@pytest.fixture
def read(monkeypatch):
    """Reads the settings from production's variables, with changes."""

    def settings_from(**changes):
        for name in os.environ:
            monkeypatch.delenv(name)
        for name, value in environment(**changes).items():
            monkeypatch.setenv(name, value)
        return runpy.run_path(str(ROOT / "transparency/config/settings.py"))

    return settings_from


def found():
    return [message.id.removeprefix("transparency.") for message in checks.production_is_safe()]


NAMES_EACH = "transparency.E003: ALLOWED_HOSTS must name each host, without * and without a dot at the beginning."


def start(program, **changes):
    return run("-c", program, **changes)


def run(*arguments, **changes):
    command = [sys.executable, "-W", "ignore", *arguments]
    return subprocess.run(command, check=False, cwd=ROOT, env=environment(**changes), capture_output=True, text=True)


def test_safe_settings_pass(safe):
    assert found() == []


@pytest.mark.parametrize(("number", "name", "value"), UNSAFE)
def test_an_unsafe_setting_is_found(safe, number, name, value):
    setattr(safe, name, value)
    assert found() == [number]


def test_every_rule_is_broken_by_some_case():
    assert {rule.id for rule in checks.RULES} == {number for number, _, _ in UNSAFE} | {"W002"}


@pytest.mark.parametrize("name", ["WEB_CONCURRENCY", "WEB_THREADS"])
@pytest.mark.parametrize("value", ["x", "0", "2.5"])
def test_a_web_server_that_could_not_start_is_named(monkeypatch, name, value):
    monkeypatch.setenv(name, value)
    monkeypatch.delitem(sys.modules, "transparency.config.gunicorn", raising=False)
    (fault,) = checks.web_server_can_be_started()
    assert (fault.id, fault.msg) == ("transparency.E022", f"{name} must be a whole number, 1 or more.")


def test_the_web_server_as_it_is_set_can_be_started():
    assert checks.web_server_can_be_started() == []


@pytest.mark.parametrize("url", ["redis://localhost:6379/0", "redis://127.0.0.1/0", "unix:///run/valkey.sock"])
def test_redis_on_this_machine_needs_neither_password_nor_encryption(safe, url):
    safe.REDIS_URL = url
    assert found() == []


@pytest.mark.parametrize("host", ["", "localhost", "%2Frun%2Fpostgresql"])
def test_a_database_on_this_machine_needs_no_encryption(safe, monkeypatch, host):
    monkeypatch.setitem(safe.DATABASES["default"], "HOST", host)
    assert found() == []


def test_workers_who_come_as_the_site_does_are_refused(safe):
    safe.WORKER_DATABASE = dict(safe.DATABASES["default"])
    assert found() == ["E021"]


def test_a_database_elsewhere_needs_encryption(safe, monkeypatch):
    monkeypatch.setitem(safe.DATABASES["default"], "HOST", "db.example")
    assert found() == ["W002"]


@pytest.mark.django_db
def test_a_database_that_may_forget_is_found(safe):
    (fault, *_) = checks.database_keeps_what_it_confirmed(databases=["default"])  # tests run with fsync = off
    assert (fault.id, "fsync = off" in fault.msg) == ("transparency.E015", True)


@pytest.mark.django_db
def test_so_is_one_that_confirms_before_it_has_written(safe):
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL synchronous_commit = off")
    found = checks.database_keeps_what_it_confirmed(databases=["default"])
    assert any("synchronous_commit = off" in fault.msg for fault in found)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("set_to", "settled"),
    [
        ("log_statement = mod", "log_statement = none"),
        ("log_min_duration_statement = 500", "log_min_duration_statement = -1"),
        ("log_min_duration_sample = 0", "log_min_duration_sample = -1"),
        ("log_transaction_sample_rate = 0.01", "log_transaction_sample_rate = 0"),
        ("log_min_error_statement = error", "log_min_error_statement = panic"),
        ("log_error_verbosity = verbose", "log_error_verbosity = terse"),
        ("log_parameter_max_length_on_error = 64", "log_parameter_max_length_on_error = 0"),
        ("debug_print_parse = on", "debug_print_parse = off"),
        ("debug_print_rewritten = on", "debug_print_rewritten = off"),
        ("debug_print_plan = on", "debug_print_plan = off"),
        ("auto_explain.log_min_duration = 0", "auto_explain.log_min_duration = -1"),
        ("pgaudit.log = 'write'", "pgaudit.log = none"),
        ("pgaudit.role = 'auditor'", "pgaudit.role = ''"),
    ],
)
def test_a_database_that_logs_statements_is_found(safe, set_to, settled):
    with connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL {set_to}")
    (fault,) = checks.database_logs_nobody(databases=["default"])
    assert (fault.id, fault.msg.endswith(f"Set in its configuration: {settled}.")) == ("transparency.W003", True)


@pytest.mark.django_db
def test_a_discreet_database_is_not_complained_of(safe):
    assert checks.database_logs_nobody(databases=["default"]) == []


def test_development_is_asked_nothing(settings):
    settings.DEBUG = True
    assert found() == []


def test_an_error_refuses_the_start_and_names_each_variable(safe, remembering):
    safe.DEBUG, safe.ALLOWED_HOSTS = True, ["transparency.example", "*"]
    with pytest.raises(ImproperlyConfigured, match=r"E002: DEBUG must(.|\n)*E003: ALLOWED_HOSTS must"):
        checks.refuse_unsafe_start()


def test_a_warning_does_not_refuse_the_start(safe, remembering):
    safe.REDIS_URL = "redis://:password@redis.example:6379/0"
    checks.refuse_unsafe_start()


@pytest.mark.parametrize("name", ["REDIS_URL", "SECRET_KEY", "ALLOWED_HOSTS"])
def test_an_unset_variable_is_named(read, name):
    with pytest.raises(ImproperlyConfigured, match=f"^{name} is not set"):
        read(**{name: ""})


@pytest.mark.parametrize(("name", "value"), MISTYPED)
def test_a_mistyped_variable_is_named_and_its_value_kept_quiet(read, name, value):
    with pytest.raises(ImproperlyConfigured, match=f"^{name} (?!.*{value})"):
        read(**{name: value})


def test_production_has_no_sample_company(read):
    assert "transparency.demo" not in read()["INSTALLED_APPS"]


def test_a_secret_may_stand_in_a_file(read, tmp_path):
    (tmp_path / "key").write_text("from the file\n")
    assert read(SECRET_KEY="", SECRET_KEY_FILE=str(tmp_path / "key"))["SECRET_KEY"] == "from the file"


def test_browsers_may_follow_the_button_to_the_companys_server(read):
    names = ("OIDC_CLIENT_ID", "OIDC_CLIENT_SECRET")
    policy = read(OIDC_SERVER_URL="https://id.example/realms/a", **dict.fromkeys(names, "x"))["CONTENT_SECURITY_POLICY"]
    assert policy["DIRECTIVES"]["form-action"] == ["'self'", "https://id.example"]


@pytest.mark.parametrize("name", ["OIDC_CLIENT_ID", "OIDC_CLIENT_SECRET"])
def test_a_company_sign_in_that_is_half_set_up_is_named(read, name):
    rest = {"OIDC_CLIENT_ID": "x", "OIDC_CLIENT_SECRET": "x", name: ""}
    with pytest.raises(ImproperlyConfigured, match=f"^{name} is not set"):
        read(OIDC_SERVER_URL="https://id.example", **rest)


@pytest.mark.parametrize("passwords", [True, False])
def test_what_is_of_passwords_is_closed_without_them(settings, passwords):
    settings.PASSWORD_SIGN_IN = passwords
    patterns = runpy.run_path(str(ROOT / "transparency/config/urls.py"))["urlpatterns"]
    assert ("accounts/password/change/" in [str(one.pattern) for one in patterns]) == (not passwords)


@pytest.mark.parametrize(
    ("redis", "broker"),
    [
        ("unix:///run/valkey.sock?db=2", "redis+socket:///run/valkey.sock?virtual_host=2"),
        ("rediss://:p@h:6379/0", "rediss://:p@h:6379/0"),
    ],
)
def test_celery_is_told_of_redis_in_its_own_spelling(read, redis, broker):
    assert read(REDIS_URL=redis)["CELERY_BROKER_URL"] == broker


def test_a_file_that_is_not_there_is_named(read, tmp_path):
    with pytest.raises(ImproperlyConfigured, match=r"^SECRET_KEY_FILE names a file"):
        read(SECRET_KEY="", SECRET_KEY_FILE="/nowhere")


GUNICORN = ("gunicorn", "-c", "python:transparency.config.gunicorn", "transparency.config.wsgi")
WORKER = ("celery", "-A", "transparency.config", "worker", "--pool", "solo")


@pytest.mark.parametrize("command", [GUNICORN, WORKER])
def test_what_may_not_start_ends_with_the_reason_alone(command):
    """No traceback, which nobody reads to its end; and a status that whoever started it sees."""
    ended = run("-m", *command, ALLOWED_HOSTS="*,transparency.example")
    told = [line for line in ended.stderr.splitlines() if not line.startswith("{")]
    assert (ended.returncode, told[:2]) == (3, ["This is not safe to run.", NAMES_EACH])
    assert all(line.startswith("transparency.E") for line in told[2:])


@pytest.mark.parametrize("command", [("-m", *GUNICORN), ("manage.py", "migrate")])
def test_a_missing_variable_is_named_without_a_traceback(command):
    ended = run(*command, SECRET_KEY="")
    assert (ended.returncode, ended.stderr.count("\n")) == (3, 1)
    assert ended.stderr.startswith("SECRET_KEY is not set.")


def test_neither_starts_on_a_database_that_may_forget():
    """The tests' own: it runs with fsync = off."""
    ended = start("import transparency.config.wsgi", DATABASE_URL=embedded.database_url())
    assert "E015: DATABASE_URL leads to a PostgreSQL with fsync = off" in ended.stderr


def test_a_database_that_does_not_answer_yet_stops_no_start(safe, monkeypatch):
    def away(**options):
        raise OperationalError

    monkeypatch.setattr(checks, "database_keeps_what_it_confirmed", away)
    checks.refuse_unsafe_start()


def test_the_example_passes_every_check_for_deployment():
    program = "import manage, sys; sys.argv[1:] = ['check', '--deploy', '--fail-level', 'WARNING']; manage.main()"
    assert start(program).returncode == 0

"""What workers may write. PostgreSQL refuses them everything else, so no refresh can edit what people said.

Workers and the timetable sign in as the role of ``WORKER_DATABASE_URL``. It may read every table, and write those of
``WRITTEN`` only; ``migrate`` grants exactly that. A test holds that each table stands in ``WRITTEN`` or in ``SAID``.
"""

from collections.abc import Mapping

from django.apps import apps
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, connection, transaction

ADDED = ("INSERT",)
KEPT_SHORT = ("INSERT", "DELETE")
ALL = ("INSERT", "UPDATE", "DELETE")

WRITTEN: Mapping[str, tuple[str, ...]] = {
    # Who asked for what stays; what workers do on the way is noted.
    "accounts.HistoryEntry": ADDED,
    "accounts.Limit": ("DELETE",),
    "accounts.User": ("UPDATE (told_edition, digest_edition, digest_at)",),
    "accounts.Wish": ("UPDATE (facts)",),  # a trigger lets them be emptied, and nothing else
    "accounts.Work": ("INSERT", "UPDATE"),
    "sessions.Session": KEPT_SHORT,  # the canary's own, and those that expired
    # What is done.
    "catalog.Source": ("UPDATE (last_good_at, last_whole_at, version, cursor)",),
    "catalog.Refresh": (
        "INSERT",
        "UPDATE (state, phase, done, total, started_at, heartbeat_at, finished_at, attempts, summary, error)",
    ),
    "catalog.Tryout": ("UPDATE (state, heartbeat_at, finished_at, phase, found, error)",),
    "catalog.SourceFault": KEPT_SHORT,
    "catalog.LineageEvent": ("UPDATE (applied_at)", "DELETE"),
    "catalog.Folded": ("INSERT", "UPDATE"),
    "catalog.Asset": ALL,
    "catalog.Alias": ALL,
    "catalog.Flow": ALL,
    "catalog.Label": KEPT_SHORT,
    "catalog.Observation": ("INSERT", "UPDATE"),
    "catalog.Touched": KEPT_SHORT,
    "catalog.Arrived": KEPT_SHORT,
    "catalog.Recomputation": ("INSERT", "UPDATE"),
    "catalog.Suggesting": ("INSERT", "UPDATE"),
    "catalog.Suggestion": ALL,
    "register.Evidence": KEPT_SHORT,
    "register.Freshness": KEPT_SHORT,
    "register.Stamp": ("INSERT", "UPDATE"),
    # Where people judge: what there is to decide on, never who decided, nor in which proposal.
    "review.Finding": (
        "INSERT",
        "UPDATE (state, urgency, sentence, evidence, opened_at, last_seen_at, closed_at, reason)",
    ),
    "review.Digest": ADDED,
    # What pipelines are told.
    "enforcement.Assignment": ADDED,  # of the canary's pipeline
    "enforcement.Pipeline": ("UPDATE (webhook_off_at, webhook_off_because)",),
    "enforcement.Message": ALL,
    "enforcement.KeptList": ALL,
    "enforcement.ListGiven": ("DELETE",),
    "enforcement.Trial": KEPT_SHORT,
    # What is proven. Triggers write the stretches.
    "consent.Batch": ADDED,
    "consent.Round": ("INSERT", "UPDATE"),
    "ledger.Entry": ADDED,
    "ledger.Waiting": KEPT_SHORT,
    "ledger.Stretch": ADDED,
    "ledger.Checkpoint": ADDED,
    "ledger.Cosignature": ADDED,
}
"""Model, and what workers may do with its rows; after UPDATE the columns, where it is not all of them."""

SAID = frozenset(
    {
        "accounts.MailChoice", "accounts.ServiceToken",
        "account.EmailAddress", "account.EmailConfirmation", "mfa.Authenticator",
        "auth.Group", "auth.Group_permissions", "auth.Permission", "contenttypes.ContentType",
        "socialaccount.SocialAccount", "socialaccount.SocialApp", "socialaccount.SocialToken",
        "catalog.Apart", "catalog.Barrier", "catalog.Binding", "catalog.ClassificationRule", "catalog.Counted",
        "catalog.NameRule",
        "register.Edition", "register.EditionSince",
        "review.Author", "review.Comment", "review.Decision", "review.Edit", "review.Proposal",
        "consent.Choice", "consent.Journal", "consent.MemberKey", "consent.Scope",
        "enforcement.Acknowledgement", "enforcement.Canary", "enforcement.Delivery",
    }
)  # fmt: skip
"""What people, or pipelines, said, chose and are allowed: workers only read it."""

HELD = """
SELECT c.relname, p.name, has_table_privilege(c.oid, p.name) FROM pg_class c,
    unnest(ARRAY['INSERT', 'UPDATE', 'DELETE', 'TRUNCATE']) AS p (name)
WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p') AND (
    has_table_privilege(c.oid, p.name)
    OR p.name IN ('INSERT', 'UPDATE') AND has_any_column_privilege(c.oid, p.name))
"""
TOO_MUCH = "may write what it has no business with ({}). Let nobody but migrate grant it anything."
TOO_LITTLE = "may not write what it must ({}). Run manage.py migrate with WORKER_DATABASE_URL set."
NO_ROLE = (
    "WORKER_DATABASE_URL names a role that PostgreSQL doesn't know. Make it once, as whoever may make roles, "
    "and run this again: CREATE ROLE {} LOGIN PASSWORD '...';"
)


def statements(role: str) -> list[str]:
    """What lets this role do a worker's work, and nothing more, whatever it might do before."""
    quoted = connection.ops.quote_name(role)
    granted = (f"GRANT {', '.join(rights)} ON {_table(label)} TO {quoted}" for label, rights in WRITTEN.items())
    everything = "ALL TABLES IN SCHEMA public"
    return [
        f"GRANT USAGE ON SCHEMA public TO {quoted}",  # where an administrator took it from everybody
        f"REVOKE ALL ON {everything} FROM {quoted}",
        f"GRANT SELECT ON {everything} TO {quoted}",
        *granted,
    ]


def apply() -> None:
    """Grant it, as the owner of the tables. Raises ``ImproperlyConfigured`` where nobody made the role."""
    if settings.WORKER_DATABASE is None:
        return
    role = settings.WORKER_DATABASE["USER"]
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role])
        if cursor.fetchone() is None:
            raise ImproperlyConfigured(NO_ROLE.format(connection.ops.quote_name(role)))
        cursor.execute(";".join(statements(role)))


def misfit() -> str:
    """How what this connection's role may write differs from ``WRITTEN``; empty where it does not."""
    with connection.cursor() as cursor:
        cursor.execute(HELD)
        held = {(table, right): whole for table, right, whole in cursor.fetchall()}
    wanted = _wanted()
    more = {f"{table}: {right}" for (table, right), whole in held.items() if whole > wanted.get((table, right), False)}
    more |= {f"{table}: {right}" for table, right in held.keys() - wanted.keys()}
    less = {f"{table}: {right}" for table, right in wanted.keys() - held.keys()}
    if more:
        return TOO_MUCH.format(_some(more))
    return TOO_LITTLE.format(_some(less)) if less else ""


def _wanted() -> dict[tuple[str, str], bool]:
    """Table and right, and whether it is of whole rows."""
    rights = ((_name(label), *right.partition(" ")) for label, rights in WRITTEN.items() for right in rights)
    return {(table, right): not columns for table, right, _, columns in rights}


def _some(found: set[str]) -> str:
    return ", ".join(sorted(found)[:3])


def _name(label: str) -> str:
    return str(apps.get_model(label)._meta.db_table)


def _table(label: str) -> str:
    return connection.ops.quote_name(_name(label))


def become_a_worker() -> None:
    """Sign in to the database as workers do, from this process's next connection on.

    Raises ``ImproperlyConfigured`` where their role may do more or less than it must.
    """
    if settings.WORKER_DATABASE is None:
        return
    connection.close()
    settings.DATABASES["default"].update(settings.WORKER_DATABASE)
    try:
        unfit = misfit()
    except DatabaseError:
        unfit = ""  # it doesn't answer yet; as soon as it does, it refuses by itself
    finally:
        connection.close()  # processes that are forked from this one open their own
    if unfit:
        raise ImproperlyConfigured(f"transparency.E022: the role of WORKER_DATABASE_URL {unfit}")

"""People, machines, and the trace of what they did."""

from typing import ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone

from transparency.accounts.mails import Mail
from transparency.accounts.roles import STAFF, Role


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: object) -> "User":
        user = self.model(email=self.normalize_email(email), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email__iexact=username)


class User(AbstractBaseUser):
    """Somebody who can sign in. Roles are one each: nobody proposes under one and approves under another."""

    email = models.EmailField(unique=True)
    name = models.CharField(max_length=100)
    role = models.CharField(max_length=20, choices=Role.choices, default=Role.MEMBER)
    is_active = models.BooleanField(default=True)
    date_joined = models.DateTimeField(default=timezone.now)
    role_since = models.DateTimeField(default=timezone.now, help_text="Since when they hold their role, switched on.")
    administrator_until = models.DateTimeField(
        null=True, blank=True, help_text="When they were made an administrator no more."
    )
    member_key = models.CharField(
        max_length=64,
        blank=True,
        db_index=True,
        help_text="The platform's own id of this member, as its sign-in said last. Nobody edits it.",
    )

    seen_edition = models.PositiveIntegerField(default=0, help_text="The newest edition that they were shown.")
    changes_by_mail = models.BooleanField(default=False, help_text="Whether they asked to be written to of changes.")
    told_edition = models.PositiveIntegerField(default=0, help_text="The newest edition that they were written to of.")

    digest_by_mail = models.BooleanField(
        default=False, help_text="Whether they asked for the weekly letter of changes."
    )
    digest_edition = models.PositiveIntegerField(default=0, help_text="The newest edition that the letter told of.")
    digest_at = models.DateTimeField(null=True, blank=True, help_text="When the last weekly letter went.")

    sign_outs = models.PositiveIntegerField(
        default=0, db_default=0, help_text="How often they signed out everywhere: no session from before counts."
    )

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]
    objects = UserManager()

    class Meta:
        constraints = (models.UniqueConstraint(Lower("email"), name="one_account_per_email"),)

    def __str__(self) -> str:
        return self.name or "Someone"

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        """What each session must hold to count: another one after a new password, or signing out everywhere."""
        of_the_password = str(super()._get_session_auth_hash(secret=secret))  # type: ignore[misc]  # not in the stubs
        return f"{of_the_password}-{self.sign_outs}" if self.sign_outs else of_the_password

    @property
    def is_compliance_staff(self) -> bool:
        return self.role in STAFF


class ServiceToken(models.Model):
    """A machine's key. The secret is shown once; what is kept is its SHA-256 digest."""

    name = models.CharField(max_length=100, help_text="Which machine uses it, e.g. “Airflow, production”.")
    prefix = models.CharField(max_length=12, unique=True, help_text="First characters, to recognise it by.")
    digest = models.CharField(max_length=64, unique=True)
    scopes = ArrayField(models.CharField(max_length=100))
    created_at = models.DateTimeField(default=timezone.now)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    agreed_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=~models.Q(agreed_by=models.F("created_by")), name="nobody_agrees_to_their_own_key"
            ),
        )

    def __str__(self) -> str:
        return self.name


class HistoryEntry(models.Model):
    """One act of one person or worker: who, when, from where, before and after. Rows are never changed (trigger)."""

    at = models.DateTimeField(default=timezone.now, db_index=True)
    actor = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    actor_name = models.CharField(max_length=100, help_text="As it was then; “The system” for a worker.")
    origin = models.CharField(max_length=64, blank=True, help_text="Network address the request came from.")
    verb = models.CharField(max_length=60, db_index=True, help_text="e.g. “proposal.approve”.")
    subject_kind = models.CharField(max_length=40)
    subject = models.CharField(max_length=600)
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)

    class Meta:
        ordering = ("-id",)
        indexes = (models.Index(fields=("subject_kind", "subject")),)

    def __str__(self) -> str:
        return f"{self.actor_name}: {self.verb} {self.subject}"


class Limit(models.Model):
    """How often something was tried of late; see ``limits``. ``key`` is a digest: it doesn't tell whose try it was."""

    key = models.CharField(max_length=64, primary_key=True)
    value = models.JSONField()
    expires_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return self.key


class Work(models.Model):
    """What became last of one kind of task. The timetable writes when it asked for it, a worker when it did it."""

    task = models.CharField(max_length=120, primary_key=True)
    asked_at = models.DateTimeField(null=True, help_text="When the timetable last put it into the queue.")
    began_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    worker = models.CharField(max_length=120, blank=True)
    error = models.CharField(max_length=120, blank=True, help_text="Kind of what went wrong; empty if nothing did.")

    def __str__(self) -> str:
        return self.task


class MailChoice(models.Model):
    """That somebody said of one kind of e-mail whether they want it. No row: see ``mails.UNASKED``."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="mail_choices")
    kind = models.CharField(max_length=12, choices=Mail.choices)
    wanted = models.BooleanField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("user", "kind"), name="a_mail_chosen_once"),)

    def __str__(self) -> str:
        return f"{self.user}: {self.kind} {'yes' if self.wanted else 'no'}"


class Wish(models.Model):
    """What somebody asks for and somebody else must agree to, because it gives power or takes a protection.

    What it says never changes, and it is decided once (trigger). ``wishes.Kind`` knows who does what is asked for.
    """

    class Outcome(models.TextChoices):
        OPEN = "", "waits"
        AGREED = "agreed", "agreed"
        DECLINED = "declined", "declined"

    verb = models.CharField(max_length=30, help_text="Which kind it is, e.g. “source.change”.")
    words = models.CharField(
        max_length=100, default="", help_text="The same as people read it, e.g. “Change a source”."
    )
    about = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    subject_kind = models.CharField(max_length=40, default="account")
    subject = models.CharField(max_length=600, blank=True, help_text="Of which source, pipeline, machine or person.")
    before = models.JSONField(null=True, help_text="How it stood when it was asked for.")
    facts = models.JSONField(default=dict, help_text="How it is to be. Emptied once decided, where it names a member.")
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    outcome = models.CharField(max_length=10, choices=Outcome.choices, default=Outcome.OPEN, blank=True)
    decided_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True, help_text="When it was done; later than agreed where a key is fetched.")

    class Meta:
        ordering = ("-id",)
        constraints = (
            models.CheckConstraint(
                condition=~models.Q(outcome="agreed", decided_by=models.F("asked_by")), name="nobody_agrees_alone"
            ),
            models.CheckConstraint(
                condition=models.Q(outcome="") | models.Q(decided_by__isnull=False, decided_at__isnull=False),
                name="somebody_decided",
            ),
            models.CheckConstraint(
                condition=models.Q(done_at=None) | models.Q(outcome="agreed"), name="only_what_was_agreed_is_done"
            ),
        )

    def __str__(self) -> str:
        return f"{self.words}: {self.subject}"

    @property
    def role(self) -> str:
        """The role that it is about, in words; empty where it is about none."""
        return dict(Role.choices).get(self.facts.get("role", ""), "")

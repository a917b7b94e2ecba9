"""How allauth behaves here: who may have an account, how secrets are kept, what happens when a mail can't be sent."""

from smtplib import SMTPException
from typing import Any

import structlog
from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.forms import ResetPasswordForm
from allauth.account.internal.flows.login import record_authentication
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialAccount, SocialLogin
from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone

from transparency.accounts import proof
from transparency.accounts.actions import learn_member_key, record
from transparency.accounts.middleware import address
from transparency.accounts.models import User
from transparency.accounts.sealing import seal, unseal

SECOND_FACTOR = "second factor"
log = structlog.get_logger(__name__)


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth ships no types
    """Nobody signs up by themselves: members come through the company's sign-in, staff are invited."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def get_client_ip(self, request: HttpRequest) -> str:
        return address(request)

    def is_reauthentication_required(self, *, app: str) -> bool:
        """Who signed in a moment ago needn't prove again who they are."""
        return not proof.is_proved(self.request.session, timezone.now())

    def get_reauthentication_methods(self, user: User) -> list[dict[str, str]]:
        """Who has a second factor proves with it; else with the password, or by the company where people come so."""
        known: list[dict[str, str]] = super().get_reauthentication_methods(user)
        if second := [way for way in known if way["id"] != "reauthenticate"]:
            return second
        ways = known if settings.PASSWORD_SIGN_IN else []
        companies = SocialAccount.objects.filter(user=user).values_list("provider", flat=True) if user.pk else ()
        return [*ways, *(_by_the_company(provider) for provider in companies)]

    def login(self, request: HttpRequest, user: User) -> None:
        super().login(request, user)
        proof.begin(request.session, timezone.now())

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Counts the try; refuses every password where only the company's sign-in lets people in."""
        if not settings.PASSWORD_SIGN_IN:
            raise ValidationError("Passwords are switched off here. Sign in with your company account.")
        super().pre_authenticate(request, **credentials)

    def post_login(self, request: HttpRequest, user: User, **details: Any) -> HttpResponse:
        """Staff's comings stand in the history, for what they do does too; members' are nobody's business."""
        if user.is_compliance_staff:
            record(by=user, verb="account.sign_in", subject_kind="account", subject=user.name)
        response: HttpResponse = super().post_login(request, user, **details)
        return response

    def send_notification_mail(
        self, template_prefix: str, user: User, context: dict[str, Any] | None = None, email: str | None = None
    ) -> None:
        """Tells somebody that their password or second factor was changed, in case it wasn't them."""
        if user.is_compliance_staff:
            verb = "account." + template_prefix.rpartition("/")[2]
            record(by=user, verb=verb, subject_kind="account", subject=user.name)
        super().send_notification_mail(template_prefix, user, context, email or user.email)

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """A mail that can't be sent is logged; the page answers as always, so that nobody learns who has an account."""
        try:
            super().send_mail(template_prefix, email, context)
        except (OSError, SMTPException):
            log.exception("a mail could not be sent", template=template_prefix)


class SocialAdapter(DefaultSocialAccountAdapter):  # type: ignore[misc]  # allauth ships no types
    """Whoever the company's server vouches for, e-mail address included, has an account: a member's at first."""

    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        return any(given.verified for given in sociallogin.email_addresses)

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """Called at each sign-in. Who is new is stored afterwards; who is here already has proved anew who they are.

        The latter go on where they were, in the same session.
        """
        told = sociallogin.account.extra_data
        claims = (told.get("id_token") or {}) | (told.get("userinfo") or {})
        learn_member_key(user=sociallogin.user, claim=claims.get(settings.OIDC_MEMBER_CLAIM))
        if request.user.is_authenticated and sociallogin.is_existing and sociallogin.user == request.user:
            record_authentication(request, request.user, "socialaccount", reauthenticated=True)
            target = sociallogin.get_redirect_url(request) or settings.LOGIN_REDIRECT_URL
            raise ImmediateHttpResponse(HttpResponseRedirect(target))

    def populate_user(self, request: HttpRequest, sociallogin: SocialLogin, data: dict[str, Any]) -> User:
        user: User = super().populate_user(request, sociallogin, data)
        user.name = str(data.get("name") or user.email.partition("@")[0])[:100]
        return user


class SecondFactorAdapter(DefaultMFAAdapter):  # type: ignore[misc]  # allauth ships no types
    """Seeds of second factors are encrypted: a stolen copy of the database opens no account."""

    def get_totp_issuer(self) -> str:
        return f"{settings.ORGANISATION}: {settings.SITE_NAME}"

    def encrypt(self, text: str) -> str:
        return seal(text, SECOND_FACTOR)

    def decrypt(self, encrypted_text: str) -> str:
        return unseal(encrypted_text, SECOND_FACTOR)


class KnownPasswordForm(ResetPasswordForm):  # type: ignore[misc]  # allauth ships no types
    """Sends no link to people who sign in through the company only: a password would be a second way in."""

    users: list[User]

    def clean_email(self) -> str:
        email: str = super().clean_email()
        self.users = [user for user in self.users if user.has_usable_password()]
        return email


def _by_the_company(provider: str) -> dict[str, str]:
    url = reverse("openid_connect_login", kwargs={"provider_id": provider})
    return {"id": "company", "description": "Use your company account", "url": url}

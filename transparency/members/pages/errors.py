"""Answers to what went wrong before any page was asked."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def forgery(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form without the token of its page: sent from elsewhere, or kept open too long."""
    why = "The form was open too long, or came from another site. Go back, load the page again, and send it once more."
    return render(request, "403.html", {"exception": why}, status=403)

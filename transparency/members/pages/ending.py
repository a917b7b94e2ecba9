"""``/letters/end/``: no more of these letters, without signing in."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from transparency.accounts import letters
from transparency.members.access import unkept
from transparency.members.pages.errors import misread

CUT = "This link is not whole. Copy all of it from the letter, or end your letters on the page of your account."
UNSAID = "Nothing was changed. Open the link from the letter, and press the button."


@csrf_exempt  # a mail program has no token of a page: the link's own seal says whose letters they are
@require_http_methods(["GET", "HEAD", "POST"])
def end(request: HttpRequest) -> HttpResponse:
    """Asked for, it changes nothing, for programs follow links by themselves; sent, it ends the letters at once."""
    try:
        ending = letters.read(request.GET.get("link", ""))
    except letters.BadLink:
        return unkept(misread(CUT))
    is_sent = request.method == "POST"
    if is_sent and request.POST.getlist(letters.FIELD) != [letters.PRESSED]:
        return unkept(misread(UNSAID))
    if is_sent:
        letters.end(ending)
    told = {"words": ending.words, "is_ended": is_sent, "field": letters.FIELD, "pressed": letters.PRESSED}
    return unkept(render(request, "members/letters_end.html", told))

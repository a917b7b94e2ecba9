"""What a catalog, a member or a colleague wrote is text and nothing else, on every page and in every file (P-19).

Every field is sown with mischief that names the field. A real browser then walks every page that a link or a form leads
to, once as the site is and once with its Content-Security-Policy taken away: what only the policy stopped is a fault.
"""

import csv
import html
import json
import re
from collections import Counter
from datetime import timedelta
from io import StringIO
from urllib.parse import urlencode, urljoin, urlsplit

import pytest
from django.urls import Resolver404, resolve
from django.utils import timezone

from tests.browser.hostile import hostile_company
from tests.browser.polyglots import Seeds, unescaped
from tests.staff.test_access import WRITES
from transparency.members import urls as members
from transparency.review.actions import send_digests
from transparency.staff import urls as staff

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]

LISTENING = """
window.__xss = []; window.xss = number => window.__xss.push(number); window.__csp = [];
window.__forms = which => [...document.querySelectorAll(which)].map(form => ({
  address: new URL(form.getAttribute('action') || '', location).href,
  fields: [...form.elements].filter(one => one.name).map(one => [one.name, one.type, one.value])}));
addEventListener('securitypolicyviolation', one => window.__csp.push(one.violatedDirective + ' ' + one.sample));
"""
# No page of ours has handlers, styles, frames or addresses of that kind: whatever has came from a text.
LOOKING = """() => ({
  ran: window.__xss, blocked: window.__csp,
  strange: [...document.querySelectorAll('*')].flatMap(node => [
    ...(/^(xq|iframe|object|embed|base|audio|video|math|marquee|frame)$/.test(node.localName) ? [node.outerHTML] : []),
    ...[...node.attributes].filter(one => /^on|^style$|^srcdoc$/.test(one.name) ||
      /^[\\s\\0-\\x1f]*(javascript|data|vbscript):/i.test(one.value) && /href|src|action|data/.test(one.name))
      .map(one => one.name + '=' + one.value)]),
  links: [...document.querySelectorAll('a[href], link[href]')]
    .map(one => new URL(one.getAttribute('href'), location).href),
  asked: __forms('form:not([method=post])'), sent: __forms('form[method=post]'),
})"""
TYPED = "<iMg src=x onerror=xss(0)>\" autofocus onfocus=xss(0) x='"
# Where no link of a page leads that an editor comes to, or where only a script goes.
UNLINKED = (
    *("/policies/privacy-policy/3.2/", "/staff/assets/?q=xss", "/staff/again/"),
    *("/staff/sources/events/progress/", "/staff/sources/events/tryouts/"),
)
NO_TEXT = {f"members:{name}" for name in ("letters", "digest", "end-letters", "sign-out")} | {
    f"members:ledger-{name}" for name in ("tile", "proof", "checkpoint", "signed")
}
VISITS = 2  # of one page, with other things on it each time
OFTENER = {"staff:asset": 15, "staff:explain": 5, "staff:source": 3, "members:category": 4}
ONCE = ("members:on:", "staff:history", "staff:asset asked")
FORMULA = re.compile(r"^[\s]*[=+\-@\t\r＝＋－＠]")
RENDERED = re.compile(r'<summary type="html">(.*?)</summary>', re.DOTALL)
CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
# What a source said beside names, tags and descriptions is kept, and shown nowhere; members' names are theirs alone.
SHOWN_NOWHERE = re.compile(
    r"catalog\..*(kind|kind below|owner|owner type|facet.*|type|integration)|flow\..*|member\.name"
)


class Walk:
    """Goes to every page once or a few times, and keeps what was wrong on them."""

    def __init__(self, page, site, within):
        self.page, self.site, self.within = page, site, re.compile(within)
        self.visits, self.seen, self.faults = Counter(), set(), []
        self.files, self.sent, self.pages = set(), set(), []
        page.add_init_script(LISTENING)

    def everywhere_from(self, *starts):
        waiting = [urljoin(self.site, start) for start in starts]
        while waiting:
            waiting.extend(self._visit(waiting.pop(0)))
        return self

    def _visit(self, address):
        address = address.partition("#")[0]
        name = self._name(address)
        if name is None or address in self.seen or self.visits[name] >= often(name):
            return []
        self.seen.add(address)
        self.visits[name] += 1
        answer = self.page.goto(address)
        if "text/html" not in answer.headers["content-type"]:
            self.files.add(urlsplit(address).path)
            return []
        found = self.page.evaluate(LOOKING)
        self.pages.append((name, text := answer.text()))
        wrong = [*found["ran"], *found["blocked"], *found["strange"], *unescaped(text)]
        self.faults.extend((name, one) for one in wrong)
        self.sent.update((form["address"], tuple(map(tuple, form["fields"]))) for form in found["sent"])
        return [*found["links"], *map(self._asked, found["asked"])]

    def _asked(self, form):
        return f"{form['address'].partition('?')[0]}?{urlencode(filled_in(form['fields']))}"

    def _name(self, address):
        """Which page it is; nothing for other sites and other doors, for files, and for signing out."""
        parts = urlsplit(address)
        if f"{parts.scheme}://{parts.netloc}" != self.site or not self.within.match(parts.path):
            return None
        try:
            name = resolve(parts.path).view_name
        except Resolver404:
            return None
        if re.search(r"\.[a-z]+$", parts.path):
            self.visits[name] += 1
            self.files.add(parts.path)
            return None
        return f"{name} asked" if "xss%280%29" in address else name


def often(name):
    return 1 if name.startswith(ONCE) else OFTENER.get(name, VISITS)


def filled_in(fields):
    """A form's fields with mischief in each that a person, or whoever forges what is sent, can write in."""
    free = ("text", "search", "hidden", "textarea", "email", "url")
    return {name: TYPED if kind in free else was for name, kind, was in fields if name != "csrfmiddlewaretoken"}


@pytest.fixture
def seeds():
    return Seeds()


@pytest.fixture
def company(live_server, transactional_db, settings, tmp_path, seeds):
    settings.STAFF_SECOND_FACTOR = False
    settings.IMPORTS_DIR = tmp_path / "imports"
    return hostile_company(seeds)


@pytest.fixture
def walks(company, live_server, browser, client):
    """Walks from some places as somebody, in a browser of their own."""

    def walk(who, *starts, within):
        context = browser.new_context()
        client.force_login(getattr(company, who))
        context.add_cookies([{"name": "sid", "value": client.cookies["sid"].value, "url": live_server.url}])
        return Walk(context.new_page(), live_server.url, within).everywhere_from(*starts)

    return walk


def names(door):
    return {f"{door.app_name}:{one.name}" for one in door.urlpatterns if getattr(one, "name", "")}


def run_without_policy(browser, pages):
    """What runs of the same pages where no policy stops it."""
    page = browser.new_context(bypass_csp=True, offline=True).new_page()
    ran = []
    for name, text in pages:
        page.set_content(f"<script>{LISTENING}</script>{text}", wait_until="domcontentloaded")
        ran += [(name, one) for one in page.evaluate("window.__xss")]
    return ran


def wrong_when_sent(client, forms):
    """What came back as markup, or as a fault of ours, of forms that were filled in with mischief and sent."""
    sent = [(urlsplit(address).path, filled_in(fields)) for address, fields in sorted(forms)]
    answers = [(path, client.post(path, fields, follow=True)) for path, fields in sent]
    found = [(path, one) for path, answer in answers for one in unescaped(answer.content.decode())]
    return [*found, *((path, answer.status_code) for path, answer in answers if answer.status_code >= 500)]


def wrong_in_files(client, paths):
    return [(path, one) for path in sorted(paths) for one in wrong_in_file(path, client.get(path))]


def wrong_in_file(path, answer):
    """What a browser could take for a page, a spreadsheet for a formula, a reader of feeds or Markdown for markup."""
    body = answer.getvalue()
    if "html" in answer["Content-Type"] or answer["X-Content-Type-Options"] != "nosniff":
        yield answer["Content-Type"]
    if path.endswith(".csv"):
        cells = [cell for row in csv.reader(StringIO(body.decode("utf-8-sig"))) for cell in row]
        yield from (cell for cell in cells if FORMULA.match(cell) or CONTROLS.search(cell))
    elif "json" in answer["Content-Type"]:
        yield from CONTROLS.findall(json.dumps(json.loads(body), ensure_ascii=False))
    elif path.endswith(".atom"):
        yield from (one for text in RENDERED.findall(body.decode()) for one in unescaped(html.unescape(text)))
    elif path.endswith(".md"):
        yield from unescaped(body.decode().replace("\\<", ""))


def as_(client, company, who):
    client.force_login(getattr(company, who))
    return client


def test_everything_is_only_text(walks, company, seeds, client, browser):
    editing = walks("editor", "/staff/", *UNLINKED, within="/(?!accounts/logout)")
    own = walks("member", "/choices/", "/choices/history/", within="/(choices|receipts|accounts/here)")
    keeping = walks("administrator", "/staff/people/", within="/staff/(people|tokens|pipelines|sources|members)/")
    pages = editing.pages + own.pages + keeping.pages
    assert editing.faults + own.faults + keeping.faults == []
    assert run_without_policy(browser, pages) == []
    assert wrong_in_files(as_(client, company, "editor"), editing.files) == []
    assert wrong_in_files(as_(client, company, "member"), own.files) == []
    assert wrong_when_sent(as_(client, company, "editor"), editing.sent) == []
    # What was never shown, and where nobody was, would prove nothing.
    hidden = set(seeds.fields.values()) - seeds.found_in("".join(text for _, text in pages))
    assert [one for one in hidden if not SHOWN_NOWHERE.fullmatch(one)] == []
    been = editing.visits.keys() | own.visits.keys() | keeping.visits.keys()
    assert names(members) | names(staff) - {f"staff:{one}" for one in WRITES} <= been | NO_TEXT


def test_letters_hold_no_control_characters(company, mailoutbox):
    assert send_digests(at=(timezone.now() + timedelta(days=1)).replace(hour=12)) == 5
    assert [one.subject for one in mailoutbox if CONTROLS.search(one.subject)] == []
    assert [one.body for one in mailoutbox if CONTROLS.search(one.body)] == []
    assert "xss(" in "".join(one.body for one in mailoutbox)

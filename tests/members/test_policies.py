"""Members read the clause beside the use, the whole document, and how its wording came about."""

from datetime import timedelta

import pytest

from tests.register.builders import NOON, PRIVACY, correction, policy, register, use
from transparency.members.prose import prose
from transparency.register.actions import Invalid

pytestmark = pytest.mark.django_db
WRITING = dict.fromkeys(("post", "put", "delete"), 405)

USE = "/uses/communications.messages/job-ranking/training/"
PAGES = ["/policies/", "/policies/privacy-policy/", "/policies/privacy-policy/3.2/"]
PAST = [f"/on/2026-11-24{page}" for page in PAGES]
NOWHERE = [
    "/policies/ghost/",
    "/policies/privacy-policy/9/",
    "/policies/privacy-policy/3.2.1/",
    "/policies/privacy-policy/../",
    "/policies/%00/",
    "/policies/privacy-policy/3.2x!/",
    "/on/2020-01-01/policies/",
]
CHANGED = PRIVACY.replace("Models learn from what you write.", "Models learn from what you write and read.")
CITING = use(clauses=("Privacy policy 3.2",))


@pytest.fixture
def site(publish, time_machine):
    """Edition 1 with a privacy policy, in force."""
    publish(register(CITING, policies=(policy(version="1.0"),)))
    time_machine.move_to(NOON + timedelta(hours=20), tick=False)
    return publish


@pytest.fixture
def changed(site, time_machine):
    """Edition 2 says in clause 3.2 that models learn from what members read, too; it is the day after."""
    site(register(CITING, policies=(policy(CHANGED, version="1.1"),)))
    time_machine.move_to(NOON + timedelta(days=2), tick=False)
    return site


def page(client, path):
    return client.get(path).content.decode()


@pytest.mark.parametrize("path", [*PAGES, *PAST])
def test_a_stranger_may_read_it(client, site, path):
    assert client.get(path).status_code == 200


@pytest.mark.parametrize("path", PAGES)
def test_nothing_but_reading_is_answered(client, site, path):
    assert {method: getattr(client, method)(path).status_code for method in WRITING} == WRITING


@pytest.mark.parametrize("path", NOWHERE)
def test_a_name_that_is_not_there_is_not_found(client, site, path):
    assert client.get(path).status_code == 404


@pytest.mark.parametrize("path", PAGES)
def test_it_is_the_same_for_everybody(client, site, mia, path):
    for_a_stranger = page(client, path)
    client.force_login(mia)
    assert page(client, path) == for_a_stranger


def test_a_page_of_wordings_asks_no_more_for_more_editions_that_left_it_alone(
    client, changed, django_assert_max_num_queries
):
    for number in range(5):
        changed(register(use(clauses=CITING.clauses, risks=f"{number}"), policies=(policy(CHANGED, version="1.1"),)))
    with django_assert_max_num_queries(13):
        client.get("/policies/privacy-policy/3.2/")


def test_the_clause_stands_beside_the_use(client, site):
    told = page(client, USE)
    assert "What our terms say about it" in told
    assert "Privacy policy 3.2: Training</a>" in told
    assert "Models learn from what you write." in told


def test_a_citation_of_what_is_not_kept_here_is_shown_as_it_is(client, publish, time_machine):
    publish(register(use(clauses=("Works agreement 7",)), policies=(policy(),)))
    time_machine.move_to(NOON + timedelta(hours=1))
    assert "<dd>Works agreement 7</dd>" in page(client, USE)


def test_under_a_clause_stands_what_rests_on_it(client, site):
    assert "1 use of data rests on clause 3.2" in page(client, "/policies/privacy-policy/")
    assert USE in page(client, "/policies/privacy-policy/3.2/")


def test_the_wordings_are_compared(client, changed):
    told = page(client, "/policies/privacy-policy/3.2/")
    assert '<ins><span class="unseen">[new: </span> and read<span class="unseen">]</span></ins>' in told
    assert "Changed with" in told


def test_another_clause_has_kept_its_wording(client, changed):
    assert "Changed with" not in page(client, "/policies/privacy-policy/3.1/")


def test_the_document_lists_the_editions_that_changed_it(client, changed):
    told = page(client, "/policies/privacy-policy/")
    assert "Changed with" in told
    assert "(version 1.1)" in told


@pytest.fixture
def foretold(site):
    """Edition 2 says in clause 3.2 that models learn from what members read, too; it holds a month later."""
    later = NOON + timedelta(days=30)
    site(register(CITING, policies=(policy(CHANGED, version="1.1"),)), effective_at=later, base=1)


@pytest.mark.parametrize("path", PAGES[1:])
def test_words_that_are_published_to_hold_later_are_told_beforehand(client, foretold, path):
    told = page(client, path)
    assert "<b>From 24 December 2026</b>, with" in told
    assert '<ins><span class="unseen">[new: </span> and read<span class="unseen">]</span></ins>' in told
    assert "Will change" in told


def test_the_page_of_a_use_says_when_a_clause_that_it_rests_on_will_read_otherwise(client, foretold):
    told = page(client, USE)
    assert "<b>From 24 December 2026</b> this clause will read otherwise, with" in told
    assert '/policies/privacy-policy/3.2/#wordings">See the words before and after</a>' in told


def test_or_be_gone(client, site):
    later = NOON + timedelta(days=30)
    without = policy("Who runs this site. We do.\n\n## 3 What we do with your data\n\n3.1 We keep it.")
    site(register(use(clauses=("Privacy policy 3.1",)), policies=(without,)), effective_at=later, base=1)
    assert "<b>From 24 December 2026</b> this clause will be gone, with" in page(client, USE)


def test_a_use_whose_clauses_stay_as_they_are_is_told_of_no_change(client, site):
    site(register(CITING, policies=(policy(version="1.1"),)), effective_at=NOON + timedelta(days=30), base=1)
    assert "this clause will" not in page(client, USE)


def test_a_clause_that_stays_as_it_is_is_not_said_to_change(client, foretold):
    assert "What will change" not in page(client, "/policies/privacy-policy/3.1/")


def test_the_past_has_the_wording_of_its_day(client, changed):
    assert "write and read" in page(client, USE)
    assert "write and read" not in page(client, f"/on/2026-11-24{USE}")
    assert "Changed with" not in page(client, "/on/2026-11-24/policies/privacy-policy/3.2/")


def test_every_page_leads_there(client, site):
    assert '<a href="/policies/">Our terms</a>' in page(client, "/")
    assert '<a href="/on/2026-11-24/policies/">Our terms</a>' in page(client, "/on/2026-11-24/")


HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](data:text/html,alert)",
    "![x](https://evil.example/x.png)",
    "<https://evil.example/onload=alert(1)>",
    '[x](https://evil.example/" onmouseover="alert(1))',
    "<style>*{display:none}</style>",
    "[x]: javascript:alert(1)\n\n[x]",
    "```<script>\n<script>alert(1)</script>\n```",
    "{{ settings.SECRET_KEY }}{% debug %}",
]


@pytest.mark.parametrize("source", HOSTILE)
def test_hostile_text_is_only_text(source):
    told = str(prose(source)).casefold()
    assert not any(
        bad in told for bad in ("<script", "<img", "<style", 'onmouseover="', 'href="javascript', 'href="data')
    )


@pytest.mark.parametrize("source", HOSTILE)
def test_hostile_text_is_only_text_on_the_pages(client, publish, time_machine, source):
    publish(register(CITING, policies=(policy(f"{PRIVACY}\n{source}\n"),)))
    time_machine.move_to(NOON + timedelta(hours=20))
    for path in (USE, *PAGES):
        assert "<script>alert" not in page(client, path)
        assert "<img src=x" not in page(client, path)


def test_links_out_say_so_and_give_nothing_away():
    assert str(prose("[law](https://law.example/)")) == (
        '<p><a href="https://law.example/" rel="external nofollow noopener">law</a></p>'
    )


@pytest.mark.parametrize("address", ["http://law.example", "/staff/", "//evil.example", "#top", "ftp://x"])
def test_other_links_are_their_words(address):
    assert str(prose(f"[law]({address})")) == "<p>law</p>"


def test_what_markdown_can_say_is_shown():
    told = str(prose("**a** *b* `c`\n\n- d\n\n3. e\n\n> f\n\n| g |\n|---|\n| h |\n\n    i\n\n---"))
    for tag in ("strong", "em", "code", "ul", "blockquote", "table", "pre"):
        assert f"</{tag}>" in told
    assert '<ol start="3"><li>e</li></ol>' in told


def test_a_thousand_brackets_are_read_in_time():
    assert prose("[" * 5_000 + ">" * 5_000 + "*" * 5_000)


def test_a_clause_is_corrected_beside_its_words(client, changed, time_machine):
    of_clause = {"about": "clause", "subject": "privacy-policy/3.2", "field": "text"}
    wrong = correction(**of_clause, until="2026-11-24")
    changed(register(CITING, policies=(policy(CHANGED, version="1.1"),), corrections=(wrong,)))
    time_machine.move_to(NOON + timedelta(days=4), tick=False)
    then = "/on/2026-11-24/policies/privacy-policy"
    assert "Privacy policy, clause 3.2" in page(client, "/changes/?kind=correction")
    assert "This was wrong" in page(client, f"{then}/3.2/")
    assert "This was wrong" in page(client, f"{then}/")
    assert "This was wrong" not in page(client, f"{then}/3.1/")


def test_a_clause_that_never_stood_there_is_not_corrected(changed):
    of_clause = {"about": "clause", "subject": "privacy-policy/9.9", "field": "text"}
    wrong = correction(**of_clause, until="2026-11-24")
    with pytest.raises(Invalid, match="no edition spoke of"):
        changed(register(CITING, policies=(policy(CHANGED, version="1.1"),), corrections=(wrong,)))

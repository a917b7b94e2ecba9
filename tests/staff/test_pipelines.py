"""The pages about pipelines: registering them, their keys, and how they stand."""

from datetime import timedelta

import pytest
from django.utils import timezone

from tests.consent.builders import LATER
from tests.enforcement.builders import Runs
from tests.register.builders import register, use
from transparency.accounts.models import ServiceToken, User
from transparency.enforcement import actions
from transparency.enforcement.models import Message, Pipeline
from transparency.register.schema import Scope

PAGE = "/staff/pipelines/pip/"
TOLD = {"slug": "nightly", "name": "Nightly", "contact": "#ml", "max_age": "86400", "webhook_url": ""}


@pytest.fixture(autouse=True)
def _one_factor_suffices(settings):
    settings.STAFF_SECOND_FACTOR = False


@pytest.fixture
def reads(client):
    """Opens a page as somebody, and returns its text."""

    def read(somebody, path=PAGE):
        client.force_login(somebody)
        response = client.get(path)
        assert response.status_code == 200
        return response.content.decode()

    return read


def test_amir_registers_a_pipeline(client, amir, published):
    client.force_login(amir)
    response = client.post("/staff/pipelines/add/", TOLD | {"assignments": ["job-ranking@training"]})
    assert response["Location"] == "/staff/pipelines/nightly/"
    assert [str(one) for one in Pipeline.objects.get().assignments.all()] == ["job-ranking, training"]


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("slug", "", "This field is required"),
        ("slug", "add", "address of another page"),
        ("contact", "mia@tandem.example", "own address"),
        ("max_age", "1", "greater than or equal to 60"),
        ("max_age", "soon", "Enter a whole number"),
        ("webhook_url", "javascript:1", "valid URL"),
        ("assignments", "ghost@training", "not one of the available choices"),
    ],
)
def test_what_is_wrong_is_said_beside_it(client, amir, mia, published, field, value, words):
    client.force_login(amir)
    response = client.post("/staff/pipelines/add/", TOLD | {field: value})
    assert response.status_code == 400
    assert words in response.content.decode()
    assert not Pipeline.objects.exists()


def test_amir_changes_what_it_runs(client, amir, pip):
    client.force_login(amir)
    told = {"slug": "other", "name": "Pip, weekly", "seen": actions.stamp_of(pip)}
    client.post(f"{PAGE}change/", TOLD | told)
    changed = Pipeline.objects.get()
    assert (changed.slug, changed.name, changed.assignments.count()) == ("pip", "Pip, weekly", 0)


def test_the_form_shows_what_stands(reads, amir, pip):
    page = reads(amir, f"{PAGE}change/")
    assert 'value="job-ranking@training" checked' in page.replace(' id="id_assignments_0"', "")


def test_a_key_is_shown_once_and_only_then(client, reads, amir, pip):
    client.force_login(amir)
    page = client.post(f"{PAGE}keys/", {"name": "Airflow"}).content.decode()
    secret = page.partition("<code>tr_")[2].partition("</code>")[0]
    assert len(secret) > 40
    assert secret not in reads(amir)


@pytest.mark.parametrize("name", ["", " ", "a\0b"])
def test_a_key_needs_the_name_of_a_machine(client, amir, pip, name):
    client.force_login(amir)
    assert client.post(f"{PAGE}keys/", {"name": name}).status_code == 400
    assert not ServiceToken.objects.exists()


def test_a_key_is_revoked(client, amir, pip):
    token, _ = actions.issue_pipeline_key(by=amir, pipeline=pip, name="Airflow")
    client.force_login(amir)
    client.post(f"{PAGE}keys/{token.pk}/revoke/")
    assert ServiceToken.objects.get().revoked_at


def test_ines_pauses_it_with_a_reason_and_does_not_resume_it_alone(client, ines, pip):
    client.force_login(ines)
    client.post(f"{PAGE}pause/", {"reason": "Ignored a refusal"})
    assert not Pipeline.objects.get().active
    assert "Ignored a refusal" in client.get(PAGE).content.decode()
    client.post(f"{PAGE}resume/")
    assert not Pipeline.objects.get().active  # Amir must agree: see test_sensitive


def test_who_is_alone_resumes_it_alone(client, amir, published, pip):
    User.objects.exclude(pk=amir.pk).update(is_active=False)
    actions.pause_pipeline(by=amir, pipeline=pip, reason="Ignored a refusal")
    client.force_login(amir)
    client.post(f"{PAGE}resume/")
    assert Pipeline.objects.get().active


def test_a_pause_without_a_reason_is_explained(client, ines, pip):
    client.force_login(ines)
    assert "Say why" in client.post(f"{PAGE}pause/", follow=True).content.decode()


def test_a_pipeline_is_retired_for_ever(client, amir, pip):
    client.force_login(amir)
    assert "Say that you are sure" in client.post(f"{PAGE}retire/", follow=True).content.decode()
    client.post(f"{PAGE}retire/", {"sure": "yes"})
    assert "Retired" in client.get(PAGE).content.decode()
    assert client.get(f"{PAGE}change/").status_code == 404
    assert "retired" in client.post(f"{PAGE}resume/", follow=True).content.decode()


def test_the_state_is_told_in_words(reads, ada, pip, chooses):
    assert "Never asked yet" in reads(ada)
    chooses.refuses()
    runs = Runs(pip).given(1)
    assert "acknowledged no run yet" in reads(ada)
    runs.ran(0, 2)
    assert "Did not honour refusals" in reads(ada)
    runs.ran(1, 3)
    assert "Honours choices" in reads(ada)


def test_those_that_need_somebody_come_first(reads, ada, amir, pip, chooses):
    chooses.refuses()
    told = {"slug": "aaa", "name": "Aaa", "contact": "#ml", "assignments": [("job-ranking", "training")]}
    Runs(actions.register_pipeline(by=amir, **told)).given(1, 0).ran(1, 1)
    Runs(pip).given(1, 0).ran(0, 2)
    page = reads(ada, "/staff/pipelines/")
    assert page.index("Pip, nightly training") < page.index(">Aaa<")


def test_an_auditor_sees_no_button(reads, ada, pip):
    assert "<form" not in reads(ada).partition("<h1>")[2]


def test_hostile_names_are_only_text(reads, ada, pip):
    Runs(pip).ran(0, 1, run="<script>alert(1)</script>")
    page = reads(ada)
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page


def test_the_pages_do_not_ask_more_for_more(client, ada, amir, pip, django_assert_max_num_queries):
    for number in range(9):
        told = {"slug": f"p{number}", "name": f"P{number}", "contact": "#ml"}
        one = actions.register_pipeline(by=amir, assignments=[("job-ranking", "training")], **told)
        Runs(one).given(0).ran(0)
    client.force_login(ada)
    client.get("/staff/pipelines/")
    with django_assert_max_num_queries(12):
        client.get("/staff/pipelines/")


def test_the_moment_of_a_run_stands_there(reads, ada, pip):
    Runs(pip).given(0).ran(0, 1)
    assert f"{LATER:%Y-%m-%d}" in reads(ada)


def test_the_secret_that_signs_is_shown_once(client, reads, amir, pip):
    Pipeline.objects.update(webhook_url="https://hooks.example/x?token=7")
    client.force_login(amir)
    page = client.post(f"{PAGE}secret/").content.decode()
    secret = page.partition("<code>whsec_")[2].partition("</code>")[0]
    assert len(secret) == 44
    assert secret not in reads(amir)
    assert "token=7" not in reads(amir)


def test_a_receiver_that_we_gave_up_is_told_again(client, reads, amir, pip):
    Pipeline.objects.update(webhook_url="https://hooks.example/", webhook_off_at=LATER, webhook_off_because="Gone.")
    assert "We gave up telling it" in reads(amir)
    client.post(f"{PAGE}tell/")
    assert Pipeline.objects.get().webhook_off_at is None


@pytest.mark.parametrize(
    ("failures", "due", "trying", "words"),
    [
        (0, -1, None, "<td>Waits for a worker</td>"),
        (0, 60, 60, "<td>It is being tried now</td>"),
        (2, 60, 60, "<td>It is being tried now; failed 2 times so far. It answered 500.</td>"),
        (1, -1, -1, "<td>Waits for a worker; failed 1 time so far. It answered 500.</td>"),
        (1, 300, None, "</time>; failed 1 time so far. It answered 500.</td>"),
    ],
)
def test_its_page_says_what_becomes_of_a_message(reads, ada, pip, failures, due, trying, words):
    pip.webhook_url = "https://hooks.example/"
    pip.save()
    now = timezone.now()
    due_at, until = now + timedelta(seconds=due), trying and now + timedelta(seconds=trying)
    told = {"failures": failures, "due_at": due_at, "trying_until": until, "error": "It answered 500."}
    Message.objects.create(pipeline=pip, sequence=1, edition=1, made_at=now, **told)
    assert words in reads(ada)


def test_a_forbidden_address_is_explained(client, amir, pip):
    client.force_login(amir)
    told = {"webhook_url": "https://10.0.0.1/", "seen": actions.stamp_of(pip)}
    response = client.post(f"{PAGE}change/", TOLD | told)
    assert response.status_code == 400
    assert "leads to no place in the public network" in response.content.decode()


def test_its_page_says_where_a_yes_is_needed_first(reads, otto, pip, publish, time_machine):
    time_machine.move_to(LATER)
    words = "uses what needs a member’s yes first: Private messages."
    assert words not in reads(otto)
    asked = Scope(jurisdictions=("*",), legal_basis="consent", refusal="consent_first", default="off")
    publish(register(use(scopes=(asked,))))
    assert words in reads(otto)

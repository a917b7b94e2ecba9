"""A pipeline asks whose data it may use, in three forms; what can't be answered is refused by its place."""

import gzip
import json

import numpy as np
import pyarrow as pa
import pytest

from tests.consent.builders import LATER
from tests.register.builders import category, feature, register, use
from transparency.accounts.actions import issue_token
from transparency.api import places
from transparency.api.endpoints import decisions
from transparency.api.places import CROWDED, PATIENCE
from transparency.enforcement import actions
from transparency.enforcement.models import Delivery

PATH = "/api/v1/decisions"
CATEGORY = "communications.messages"
QUERY = f"feature=job-ranking&stage=training&categories={CATEGORY}"
ADDRESS = f"{PATH}?{QUERY}"
JSON, LINES, ARROW = "application/json", "application/x-ndjson", "application/vnd.apache.arrow.stream"


@pytest.fixture(autouse=True)
def _christmas(time_machine):
    time_machine.move_to(LATER, tick=True)
    decisions._noted.clear()


@pytest.fixture
def ask(client, amir, pip):
    """Sends a question with Pip's key, or whatever else is given."""
    _, secret = actions.issue_pipeline_key(by=amir, pipeline=pip, name="Airflow")

    def ask(body, kind=JSON, path=None, **headers):
        headers = {"Authorization": f"Bearer {secret}"} | headers
        address = path or (PATH if kind.startswith(JSON) else ADDRESS)
        return client.generic("POST", address, body, content_type=kind, headers=headers)

    return ask


@pytest.fixture
def crowd(monkeypatch):
    """A clock that stands still until it is moved, and for how long each was ready to wait for a place."""

    class Crowd:
        now, waits = 1_000.0, []

        def monotonic(self):
            return self.now

        def comes(self, within):
            self.waits.append(within)
            return False

    crowd = Crowd()
    monkeypatch.setattr(places, "time", crowd)
    monkeypatch.setattr(places, "Turn", lambda: crowd)
    decisions._places.cache_clear()
    yield crowd
    decisions._places.cache_clear()


def question(**fields):
    asked = {"feature": "job-ranking", "stage": "training", "categories": [CATEGORY], "members": [7, 8]} | fields
    return json.dumps(asked).encode()


def stream(values, kind=None, name="member", **options):
    column = pa.array(values, kind)
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, pa.schema([(name, column.type)]), **options) as out:
        out.write_batch(pa.record_batch([column], names=[name]))
    return sink.getvalue().to_pybytes()


def answered(response):
    with pa.ipc.open_stream(response.content) as answer:
        return answer.read_all()


def problem(response):
    assert response["Content-Type"] == "application/problem+json"
    fault = response.json()["errors"][0]
    return response.status_code, fault["pointer"], fault["code"]


def test_members_are_answered_in_their_order(ask, chooses):
    chooses.refuses()
    response = ask(question(members=[8, 7, 9]))
    assert response.status_code == 200
    assert response.json() == {
        "edition": 1,
        "sequence": 1,
        "decided_at": response["Decided-At"],
        "allowed": [True, False, True],
    }


def test_an_answer_is_kept_by_nobody(ask):
    assert ask(question())["Cache-Control"] == "no-store"


def test_textual_keys_are_answered(ask, chooses):
    chooses.refuses(member="mia")
    assert ask(question(members=["otto", "mia", "7"])).json()["allowed"] == [True, False, True]


def test_lines_are_answered_a_line_each(ask, chooses):
    chooses.refuses()
    response = ask(b"8\n7\n", LINES)
    assert response.content == b'{"member":8,"allowed":true}\n{"member":7,"allowed":false}\n'
    assert (response["Content-Type"], response["Decided-Sequence"], response["Decided-Edition"]) == (LINES, "1", "1")


@pytest.mark.parametrize("kind", [pa.int64(), pa.uint64(), pa.int32(), pa.uint32()])
def test_a_column_of_integers_is_answered(ask, chooses, kind):
    chooses.refuses()
    response = ask(stream([8, 7], kind), ARROW)
    table = answered(response)
    assert table.to_pydict() == {"member": [8, 7], "allowed": [True, False]}
    assert table.schema.field("member").type == kind
    assert table.schema.metadata == {
        b"edition": b"1", b"sequence": b"1", b"decided_at": response["Decided-At"].encode()
    }  # fmt: skip


@pytest.mark.parametrize("kind", [pa.string(), pa.large_string()])
def test_a_column_of_text_is_answered(ask, chooses, kind):
    chooses.refuses(member="mia")
    assert answered(ask(stream(["mia", "é"], kind), ARROW)).to_pydict()["allowed"] == [False, True]


def test_the_largest_integers_are_members_too(ask, chooses):
    chooses.refuses(member=str(2**64 - 1))
    largest = [2**64 - 1, 2**63, 2**63 - 1]
    assert answered(ask(stream(largest, pa.uint64()), ARROW))["allowed"].to_pylist() == [False, True, True]
    assert ask(question(members=largest)).json()["allowed"] == [False, True, True]


def test_a_hundred_thousand_members_are_answered_at_once(ask, chooses):
    chooses.refuses()
    members = np.random.default_rng(7).permutation(100_000)
    found = answered(ask(stream(members), ARROW))["allowed"].to_numpy()
    assert members[~found].tolist() == [7]


def test_a_zipped_question_is_answered(ask):
    assert ask(gzip.compress(question()), **{"Content-Encoding": "gzip"}).status_code == 200


def test_a_choice_counts_in_the_very_next_answer(ask, chooses):
    answers = [ask(question(members=[7])).json()["allowed"]]
    chooses.refuses()
    answers.append(ask(question(members=[7])).json()["allowed"])
    chooses.allows()
    answers.append(ask(question(members=[7])).json()["allowed"])
    assert answers == [[True], [False], [True]]


def test_what_the_pipeline_was_given_is_kept(ask, chooses, pip):
    chooses.refuses()
    ask(question())
    assert Delivery.objects.values_list("pipeline", "feature", "stage", "sequence").get() == (
        pip.pk, "job-ranking", "training", 1,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"members": []}, (400, "/members", "question")),
        ({"members": list(range(100_001))}, (400, "/members", "question")),
        ({"members": [7, 8, 7]}, (400, "/members/2", "question")),
        ({"members": [-1]}, (400, "/members/0", "question")),
        ({"members": [2**64]}, (400, "/members/0", "question")),
        ({"members": ["a" * 65]}, (400, "/members/0", "question")),
        ({"members": ["a\0"]}, (400, "/members/0", "question")),
        ({"members": [1, "a"]}, (400, "/members/1", "question")),
        ({"members": {}}, (400, "/members", "question")),
        ({"categories": []}, (400, "/categories", "question")),
        ({"categories": ["a"] * 201}, (400, "/categories", "question")),
        ({"min_sequence": -1}, (400, "/min_sequence", "question")),
        ({"min_sequence": 1}, (409, "/min_sequence", "sequence.future")),
        ({"min_sequence": 2**80}, (409, "/min_sequence", "sequence.future")),
        ({"stage": "dreaming"}, (422, "/stage", "stage.unknown")),
        ({"categories": [CATEGORY, "nothing"]}, (422, "/categories/1", "category.unknown")),
        ({"feature": "no-such-feature"}, (403, "/feature", "assignment")),
        ({"feature": "writing-assistant"}, (403, "/feature", "assignment")),
        ({"stage": "inference"}, (403, "/feature", "assignment")),
        ({"surprise": 1}, (400, "/surprise", "question")),
        ({"a/b~c": 1}, (400, "/a~1b~0c", "question")),
    ],
)
def test_a_wrong_field_is_named(ask, fields, expected):
    assert problem(ask(question(**fields))) == expected


@pytest.mark.parametrize("missing", ["feature", "stage", "categories", "members"])
def test_a_field_that_is_missing_is_named(ask, missing):
    asked = {name: value for name, value in json.loads(question()).items() if name != missing}
    assert problem(ask(json.dumps(asked))) == (400, f"/{missing}", "question")


def test_an_answer_says_how_long_it_is_and_is_no_page(ask):
    response = ask(question())
    assert response["Content-Length"] == str(len(response.content))
    assert "default-src 'none'" in response["Content-Security-Policy"]


def test_a_question_to_another_host_is_refused(ask):
    assert ask(question(), Host="elsewhere.example").status_code == 400


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ("feature=job-ranking&stage=training", (400, "?categories", "parameter")),
        (f"stage=training&categories={CATEGORY}", (400, "?feature", "parameter")),
        (f"feature=job-ranking&categories={CATEGORY}", (400, "?stage", "parameter")),
        (f"feature=job-ranking&stage=no&categories={CATEGORY}", (422, "?stage", "stage.unknown")),
        (f"feature=nothing&stage=training&categories={CATEGORY}", (403, "?feature", "assignment")),
        ("feature=job-ranking&stage=training&categories=a,b", (422, "?categories", "category.unknown")),
        (f"{QUERY}&min_sequence=1", (409, "?min_sequence", "sequence.future")),
        (f"{QUERY}&min_sequence=-1", (400, "?min_sequence", "parameter")),
        (f"{QUERY}&member=7", (400, "?member", "parameter")),
    ],
)  # fmt: skip
def test_a_wrong_part_of_the_address_is_named(ask, change, expected):
    assert problem(ask(b"7", LINES, f"{PATH}?{change}")) == expected
    assert problem(ask(stream([7]), ARROW, f"{PATH}?{change}")) == expected


@pytest.mark.parametrize("said", ["min_sequence=999", "feature=job-ranking", "surprise=1"])
def test_a_question_in_json_says_nothing_in_its_address(ask, said):
    expected = (400, "?" + said.partition("=")[0], "parameter")
    assert problem(ask(question(), path=f"{PATH}?{said}")) == expected


def test_one_bad_line_of_many_is_named_and_nothing_is_answered(ask):
    lines = [b"%d" % number for number in range(70_000)]
    lines[69_999] = b"nobody"
    assert problem(ask(b"\n".join(lines), LINES)) == (400, "line 70000", "question")


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        (b"nonsense", ""),
        (stream([7])[:-8], ""),
        (stream([7])[8:], ""),
        (stream(list(range(1000)))[:-4000] + stream([7])[-8:], ""),
        (stream([7], name="id"), "/schema"),
        (stream([7.0]), "/schema"),
        (stream([True]), "/schema"),
        (stream([[7]]), "/schema"),
        (stream(["a"], pa.dictionary(pa.int32(), pa.string())), "/schema"),
        (stream([7, None]), "/member"),
        (stream([], pa.int64()), "/members"),
        (stream(range(100_001)), "/members"),
        (stream([7, 8, 7]), "/member/2"),
        (stream([7, -1]), "/member/1"),
        (stream(["a", ""]), "/member/1"),
        (stream(range(9000), options=pa.ipc.IpcWriteOptions(compression="zstd")), ""),
        (stream(range(9000), options=pa.ipc.IpcWriteOptions(compression="lz4")), ""),
    ],
)
def test_a_wrong_stream_is_refused(ask, body, pointer):
    assert problem(ask(body, ARROW)) == (400, pointer, "question")


@pytest.mark.parametrize("octet", range(0, 400, 7))
def test_a_stream_with_a_wrong_byte_is_refused_or_answered_and_never_an_error_of_ours(ask, octet):
    body = bytearray(stream([7, 8, 9]))
    body[octet % len(body)] ^= 0xFF
    assert ask(bytes(body), ARROW).status_code in {200, 400}


def test_a_body_beyond_the_limit_is_refused(ask):
    assert problem(ask(b" " * (decisions.MOST_BYTES + 1))) == (413, "", "body.size")


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""])
def test_another_form_is_refused(ask, kind):
    assert problem(ask(question(), kind)) == (415, "", "content_type")


def test_a_stranger_is_refused(ask):
    assert problem(ask(question(), Authorization="Bearer nonsense")) == (401, "", "token")


def test_a_key_for_something_else_is_refused(ask, amir):
    _, secret = issue_token(by=amir, name="Airflow", scopes=["lineage:airflow"])
    assert problem(ask(question(), Authorization=f"Bearer {secret}")) == (403, "", "scope")


def test_a_retired_feature_may_use_nobody(ask, publish):
    others = feature("writing-assistant", name="Help")
    publish(register(use(feature=others.slug), features=(feature(status="retired"), others)))
    assert problem(ask(question())) == (422, "/feature", "feature.retired")


def test_a_use_that_is_not_declared_may_use_nobody(ask, publish):
    publish(register(use("profile"), categories=(category(), category("profile", name="Profile"))))
    assert problem(ask(question())) == (422, "/categories/0", "use.undeclared")


def test_only_post_is_answered(client, db):
    answers = [
        getattr(client, method)(PATH) for method in ("get", "head", "put", "patch", "delete", "options", "trace")
    ]
    assert {(one.status_code, one["Allow"]) for one in answers} == {(405, "POST")}


def test_too_many_questions_at_once_are_told_to_come_again(ask, settings):
    settings.DECISIONS_AT_ONCE = 1
    with decisions._place():
        response = ask(question())
    assert (problem(response), response["Retry-After"]) == ((503, "", "busy"), "1")
    assert ask(question()).status_code == 200


def test_after_a_question_was_refused_its_place_is_free(ask, settings):
    settings.DECISIONS_AT_ONCE = 1
    assert ask(b"{").status_code == 400
    assert ask(question(), kind="text/plain", path=PATH).status_code == 415
    assert ask(question()).status_code == 200


def test_after_an_unforeseen_fault_its_place_is_free(ask, settings, monkeypatch):
    settings.DECISIONS_AT_ONCE = 1
    with monkeypatch.context() as broken:
        broken.setattr(decisions, "_answer", lambda request: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            ask(question())
    assert ask(question()).status_code == 200


def test_where_it_is_crowded_a_question_is_sent_away_at_once_and_a_second_later_it_waits(ask, settings, crowd):
    settings.DECISIONS_AT_ONCE = 1
    with decisions._place():
        answers = [ask(question()) for _ in range(3)]
        crowd.now += CROWDED
        answers.append(ask(question()))
    assert {problem(one) for one in answers} == {(503, "", "busy")}
    assert crowd.waits == [PATIENCE, PATIENCE]


def test_the_number_of_queries_does_not_grow(ask, chooses, django_assert_max_num_queries):
    chooses.refuses()
    ask(question())
    with django_assert_max_num_queries(4):
        ask(question(members=list(range(1000))))


def test_a_refusal_names_no_member(ask):
    assert b"secret" not in ask(question(members=["secret\0"])).content


def test_the_answer_is_as_it_is_described(ask, client):
    schema = client.get("/api/v1/schema", headers={"Accept": "application/json"}).json()
    described = schema["paths"][PATH]["post"]["responses"]
    assert described["200"]["content"].keys() == {JSON, LINES, ARROW}
    assert set(schema["components"]["schemas"]["Decided"]["required"]) == ask(question()).json().keys()

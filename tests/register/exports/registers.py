"""Registers of every shape that the rules allow, and the edition that each would be."""

import msgspec
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st

from transparency.register.documents import EditionDocument, canonical, digest, in_order
from transparency.register.exports.source import Source
from transparency.register.schema import (
    AIFeature,
    Correction,
    Criterion,
    DataCategory,
    Decides,
    FeatureKind,
    Origin,
    Recipient,
    RecipientRole,
    Register,
    Scope,
    Sensitivity,
    Stage,
    Status,
    Use,
)
from transparency.register.vocabulary.purposes import PURPOSES

HOSTILE = [
    *("=1+1", "<script>x</script>", "'+1", "a\nb", "{{ x }}", "# head", "no", "1:30", "2026-01-01", "\\", '"', "- x"),
    *("&lt;", "~", "&a", "*a", "!!x", "é\u0301", "\u2028x"),
]
# What fails is told as it is: to make it smaller takes minutes.
quickly = settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    phases=[Phase.explicit, Phase.generate],
)
letters = st.text(st.characters(categories=("L", "N", "P", "S"), exclude_characters="|"), min_size=1, max_size=12)
words = st.one_of(letters, st.sampled_from(HOSTILE)).map(lambda text: text.replace("|", "/").strip()).filter(bool)
maybe = st.one_of(st.just(""), words)
lines = words.map(lambda text: text.replace("\n", " ").replace("\u2028", " "))
line = st.one_of(st.just(""), lines)
dates = st.sampled_from(["", "2025-03-01", "2026-12-31"])
links = st.sampled_from(["", "https://tandem.example/a?b=c&d=%20"])
texts = st.lists(lines, max_size=3, unique=True).map(tuple)
segments = st.from_regex(r"[a-z][a-z0-9_]{0,5}", fullmatch=True)
keys = st.lists(segments, min_size=1, max_size=3).map(".".join)
slugs = st.from_regex(r"[a-z0-9]{1,5}(-[a-z0-9]{1,3})?", fullmatch=True)
PLACES = [("*",), ("EU", "GB"), ("US-CA", "QQ"), ("DE", "EEA")]
CHOICES = [("yes", "on"), ("yes", "off"), ("consent_first", "off"), ("no", "on")]
dpv = st.sampled_from(["", "https://w3id.org/dpv/pd#Salary", "https://w3id.org/dpv/pd#Name"])
fides = st.sampled_from(["", "user", "user.content.private"])
recipients = st.builds(Recipient, name=lines, role=st.sampled_from(RecipientRole), country=line, transfer=line)
criteria = st.builds(Criterion, name=words, weight=st.sampled_from(["high", "medium", "low"]), reason=words)
features = st.builds(
    AIFeature,
    slug=slugs,
    name=words,
    what_it_does=maybe,
    kind=st.sampled_from(FeatureKind),
    group=words,
    controller=maybe,
    provider=maybe,
    team=maybe,
    contact=maybe,
    status=st.sampled_from(Status),
    since=dates,
    decides=st.sampled_from(Decides),
    human_review=maybe,
    contest=maybe,
    criteria=st.lists(criteria, max_size=2).map(tuple),
    intended_use=maybe,
    limitations=maybe,
    third_party_models=texts,
    risk_level=st.sampled_from(["", "high (Annex III 4a)", "minimal", "unclear"]),
    instructions_url=links,
    out_of_scope=maybe,
    where=maybe,
    owner=maybe,
)


@st.composite
def categories(draw, key):
    return DataCategory(
        key=key,
        name=draw(words),
        what_it_is=draw(maybe),
        examples=draw(texts),
        origin=draw(st.sampled_from(Origin)),
        sensitivity=draw(st.sampled_from(Sensitivity)),
        dpv=draw(dpv),
        fides=draw(fides),
        visible_to=draw(maybe),
        manage_url=draw(links),
        aliases=draw(st.lists(keys, max_size=2, unique=True).map(tuple)),
    )


@st.composite
def scopes(draw):
    chosen = draw(st.lists(st.sampled_from(PLACES), min_size=1, max_size=3, unique=True))
    return tuple(draw(scope(places)) for places in chosen)


@st.composite
def scope(draw, places):
    refusal, default = draw(st.sampled_from(CHOICES))
    return Scope(
        jurisdictions=places,
        legal_basis=draw(st.sampled_from(["consent", "contract", "legal_obligation", "legitimate_interest"])),
        interest=draw(maybe),
        balancing_url=draw(links),
        refusal=refusal,
        why_not=draw(maybe),
        default=default,
        default_reason=draw(maybe),
        rights=draw(texts),
    )


@st.composite
def uses(draw, category, feature, stage):
    return Use(
        category=category,
        feature=feature,
        stage=stage,
        purpose=draw(st.sampled_from(sorted(PURPOSES))),
        purpose_text=draw(words),
        why_needed=draw(maybe),
        scopes=draw(scopes()),
        retention=draw(st.one_of(maybe, st.sampled_from(["13 months", "1 day", "2 Years", "until you leave"]))),
        recipients=draw(st.lists(recipients, max_size=2).map(tuple)),
        safeguards=draw(st.lists(st.sampled_from(["encrypted", "filtered", "aggregated"]), unique=True).map(tuple)),
        refusing_does=draw(maybe),
        refusing_does_not=draw(maybe),
        stops_working=draw(maybe),
        effective_from=draw(dates),
        clauses=draw(texts),
        risks=draw(maybe),
        necessary=draw(st.booleans()),
    )


@st.composite
def registers(draw):
    known = draw(st.lists(keys, min_size=1, max_size=3, unique=True))
    kinds = [draw(categories(key)) for key in known]
    kinds[1:] = [msgspec.structs.replace(one, parent=kinds[0].key) for one in kinds[1:]]
    systems = draw(st.lists(features, min_size=1, max_size=2, unique_by=lambda one: one.slug))
    places = [(key, one.slug, stage) for key in known for one in systems for stage in Stage]
    chosen = draw(st.lists(st.sampled_from(places), max_size=4, unique=True))
    said = Register(
        categories=tuple(kinds),
        features=tuple(systems),
        uses=tuple(draw(uses(*place)) for place in chosen),
        corrections=draw(corrections(("/".join(places[0]), systems[0].slug, kinds[0].key, "terms/1", "a/b/training"))),
    )
    return as_published(said)


def corrections(subjects):
    """Of what there is, of a clause that no file here holds, and of a use that is no more."""
    about = dict(zip(subjects, ("use", "feature", "category", "clause", "use"), strict=True))
    made = (
        st.builds(
            Correction,
            slug=st.just(f"wrong-{number}"),
            about=st.just(kind),
            subject=st.just(subject),
            field=st.just("name"),
            since=st.just("2026-01-01"),
            until=st.just("2026-02-01"),
            said=words,
            truth=words,
        )
        for number, (subject, kind) in enumerate(about.items())
    )
    return st.one_of(st.just(()), st.tuples(*made))


def as_published(register):
    """As it is after it was published and read again: in order, and with codes instead of plain text."""
    return msgspec.convert(msgspec.to_builtins(in_order(register)), Register)


def source_of(register):
    """The register as the third edition of a site."""
    document = EditionDocument(
        number=3,
        published_at="2026-02-20T09:00:00.000000Z",
        effective_at="2026-03-01T00:00:00.000000Z",
        authors=("Otto",),
        approver="Ines",
        notice="By mail on 20 February",
        summary=("The feed now uses likes.",),
        register=register,
    )
    exact = canonical(document)
    return Source(document, exact, digest(exact), register, "https://data.tandem.example", "Tandem", before=2)


sources = registers().map(source_of)

"""``/how/pipelines/``: how do you know that a refusal is obeyed? The same for everybody; nothing in it is about one."""

from collections import defaultdict
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from transparency.consent import queries as consent
from transparency.enforcement.duties import Duty, duties
from transparency.members import reading
from transparency.register.schema import Stage


@dataclass(frozen=True)
class Row:
    """An AI feature at a stage, and the pipelines that run it; none where nobody has connected one yet."""

    feature: str
    stage: str
    duties: list[Duty]


@require_safe
def pipelines(request: HttpRequest) -> HttpResponse:
    now = timezone.now()
    reads = reading.now(now)
    offers = consent.offers(now).by_use.values()
    refusable = {(offer.use.feature, str(offer.use.stage)) for offer in offers if offer.terms.refusable}
    by_pair: dict[tuple[str, str], list[Duty]] = defaultdict(list)
    for duty in duties():
        by_pair[(duty.feature, duty.stage)].append(duty)
    order = [stage.value for stage in Stage]
    pairs = sorted(refusable | set(by_pair), key=lambda pair: (_name(reads, pair[0]), order.index(pair[1])))
    rows = [Row(feature, stage, by_pair[(feature, stage)]) for feature, stage in pairs]
    connected, others = [row for row in rows if row.duties], [row for row in rows if not row.duties]
    context = {"reading": reads, "connected": connected, "others": others}
    response = render(request, "members/pipelines.html", context)
    response["Cache-Control"] = "public, no-cache"
    return response


def _name(reads: reading.Reading, feature: str) -> str:
    return reads.features[feature].name if feature in reads.features else feature

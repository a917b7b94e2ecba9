"""Loads Tandem: its people, its sources, what is said of its assets, and four editions. Safe to run again."""

from datetime import datetime, timedelta
from typing import NamedTuple

import msgspec
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from transparency.accounts.actions import issue_token
from transparency.accounts.models import User
from transparency.catalog import actions as catalog
from transparency.catalog.connectors import connector_for
from transparency.catalog.keys import dataset_key, job_key, model_key
from transparency.catalog.models import Source
from transparency.config.chain import follow, suggest
from transparency.consent.queries import MAY_RECORD
from transparency.demo import training, warehouse
from transparency.demo.choosing import ASKED, choose_long_ago
from transparency.demo.editions import publish_all
from transparency.demo.keys import LINEAGE, SETTINGS_PAGE
from transparency.demo.people import MEMBER_KEYS, PASSWORD, PEOPLE, email
from transparency.demo.pipelines import ACTIVITY, CHOSEN_BY, JOBS, MODELS, WAREHOUSE, events, happening
from transparency.demo.register import third_edition
from transparency.enforcement.actions import issue_pipeline_key, record_delivery, register_pipeline, start_trials
from transparency.register.schema import Stage
from transparency.review import actions as review

FOUNDED = timedelta(days=500)


class Together(NamedTuple):
    """Who asks for what nobody does alone, and who agrees to it."""

    by: User
    agreed_by: User | None


@transaction.atomic
def load() -> dict[str, str]:
    """Load everything if nobody is there yet. Returns the machines' new secrets, by name; none where all was there."""
    if User.objects.exists():
        return {}
    now = timezone.now()
    people = {
        name: User.objects.create_user(
            email(name),
            PASSWORD,
            name=name,
            role=role,
            member_key=MEMBER_KEYS.get(name, ""),
            date_joined=now - FOUNDED,
            role_since=now - FOUNDED,
        )
        for name, (role, _) in PEOPLE.items()
    }
    publish_all(editor=people["Otto"], reviewer=people["Ines"], now=now)
    together = Together(people["Amir"], people["Anna"])
    source = catalog.add_source(
        **together._asdict(), slug="pipelines", name="Data pipelines", connector=Source.Connector.OPENLINEAGE_HTTP
    )
    catalog.store_events(source=source, bodies=list(events(now - timedelta(minutes=2))))
    warehouse.write(settings.IMPORTS_DIR, now - timedelta(minutes=2))
    reports = catalog.add_source(
        **together._asdict(),
        slug="reports",
        name="Reports (dbt)",
        connector=Source.Connector.DBT,
        location=warehouse.FOLDER,
        namespace=warehouse.NAMESPACE,
    )
    _say_what_assets_are(Together(people["Otto"], people["Ines"]))
    _say_where_data_stops(people["Otto"], people["Ines"], now)
    for one in (source, reports):
        refresh = catalog.request_refresh(by=None, source=one)
        catalog.refresh(refresh_id=refresh.pk, connector_for=connector_for)
    _say_which_names_are_one(Together(people["Otto"], people["Ines"]))
    _let_a_look_count(Together(people["Otto"], people["Ines"]))
    follow(now)
    suggest(now)
    _propose(people["Otto"])
    choose_long_ago(now)
    return _keys(together, now)


def _keys(together: Together, now: datetime) -> dict[str, str]:
    """A key for everything of Tandem's that speaks to the site, and the pipelines that must ask it."""
    _, lineage = issue_token(**together._asdict(), name="Tandem's pipelines", scopes=["lineage:pipelines"])
    start_trials(by=together.by)
    _, choices = issue_token(**together._asdict(), name="Tandem's settings page", scopes=[MAY_RECORD])
    return {LINEAGE: lineage, SETTINGS_PAGE: choices} | {
        one.slug: _register(one, together, now) for one in training.ALL
    }


def _register(one: training.Training, together: Together, now: datetime) -> str:
    pipeline = register_pipeline(
        **together._asdict(),
        slug=one.slug,
        name=one.name,
        contact="ml-platform@tandem.example",
        max_age=training.AGREED_AGE,
        assignments=[(one.feature, one.stage)],
    )
    if one is training.FEED:
        # It asked once, on the day it was set up.
        long_ago = now - timedelta(days=20)
        record_delivery(pipeline=pipeline, feature=one.feature, stage=one.stage, sequence=ASKED, at=long_ago)
    _, secret = issue_pipeline_key(**together._asdict(), pipeline=pipeline, name="Production")
    return secret


def _say_what_assets_are(together: Together) -> None:
    pairs = happening(third_edition())
    for category in sorted({category for category, _, _ in pairs}):
        # What stands between the two words is “:” in one catalog, and “.” in another.
        tag = f"personal_data?{category.partition('.')[2]}"
        catalog.add_rule(**together._asdict(), matches="tag", pattern=tag, category=category)
    for feature, stage in sorted({(feature, stage) for _, feature, stage in pairs}):
        serving = job_key(JOBS, f"serve_{feature.replace('-', '_')}")
        key = serving if stage == Stage.INFERENCE else model_key(MODELS, f"{feature}-{stage.value}")
        catalog.add_binding(**together._asdict(), key=key, feature=feature, stage=stage.value)


def _say_where_data_stops(editor: User, reviewer: User, now: datetime) -> None:
    """One barrier that stands but not for long, and one that waits for somebody to agree."""
    counted = catalog.propose_barrier(
        by=editor,
        key=dataset_key(warehouse.NAMESPACE, warehouse.DAILY),
        reason="Only counts per day and country; groups under 50 are left out.",
        expires_at=now + timedelta(days=10),
    )
    catalog.approve_barrier(by=reviewer, barrier=counted)
    catalog.propose_barrier(
        by=editor,
        key=dataset_key(warehouse.NAMESPACE, "tandem.features.ads_training"),
        reason="Hashed before it is stored; nobody holds the key.",
        only_masked=True,
        expires_at=now + timedelta(days=180),
    )


def _say_which_names_are_one(together: Together) -> None:
    """The dbt project writes some names in capitals; and a link that was left behind joins two tables wrongly."""
    ignores_case = "PostgreSQL ignores case in names without quotes, and nobody at Tandem writes quotes."
    catalog.add_name_rule(**together._asdict(), kind="case", namespace=WAREHOUSE, reason=ignores_case)
    catalog.keep_apart(
        **together._asdict(),
        key=dataset_key(WAREHOUSE, f"tandem.{ACTIVITY}"),
        other=dataset_key(WAREHOUSE, warehouse.DAILY),
        reason="The counts were made as a view on the raw table once. They are a table of their own since March.",
    )


def _let_a_look_count(together: Together) -> None:
    category, feature, stage = CHOSEN_BY
    why = "Recruiters meet only those who said that they are open to work: to be shown or not is decided by it."
    by, agreed_by = together
    what = {"category": category, "feature": feature, "stage": stage.value, "reason": why}
    catalog.count_looking(by=by, agreed_by=agreed_by, **what)


def _propose(editor: User) -> None:
    """A change that waits for Ines: adverts keep their data for a shorter time."""
    used = next(one for one in third_edition().uses if one.feature == "ads")
    proposal = review.start_proposal(
        by=editor,
        title="Adverts keep data for six months",
        why="The advertising team needs half a year of data, no more.",
        notice="On the page of changes, 30 days before",
    )
    content = msgspec.to_builtins(used) | {"retention": "6 months"}
    review.put_record(by=editor, proposal=proposal, version=proposal.version, kind="use", content=content)
    review.comment(by=editor, proposal=proposal, text="Asked the advertising team on Tuesday; six months are enough.")
    review.submit(by=editor, proposal=proposal)

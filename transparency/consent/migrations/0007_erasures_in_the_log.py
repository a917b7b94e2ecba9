"""Enters in the public log the erasures from before it was told of each."""

import hashlib
import json

from django.db import migrations
from django.utils import timezone

RANDOM = r"^[A-Za-z0-9_-]{43}$"


def enter_all(apps, schema_editor):
    names = ("consent.MemberKey", "consent.Choice", "ledger.Entry")
    key, choice, entry = (apps.get_model(name) for name in names)
    for one in key.objects.filter(key__regex=RANDOM).iterator():
        erased = choice.objects.filter(member=-one.pk, salt=None).order_by("sequence").values_list("sequence", flat=True)
        if sequences := list(erased):
            subject = hashlib.sha256(f"{one.key}{json.dumps(sequences)}".encode()).hexdigest()
            body = f'{{"kind":"erasure","subject":"{subject}"}}'
            entry.objects.create(kind="erasure", subject=subject, body=body, recorded_at=timezone.now())


class Migration(migrations.Migration):
    dependencies = [("consent", "0006_rounds"), ("ledger", "0005_entries_have_no_index")]
    operations = [migrations.RunPython(enter_all, migrations.RunPython.noop)]

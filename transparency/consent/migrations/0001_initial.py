# The tables; see 0002 for what guards them.

import django.db.models.deletion
import transparency.consent.precedence
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='Journal',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('lineage', models.UUIDField()),
                ('erasures', models.BigIntegerField(default=0)),
            ],
        ),
        migrations.CreateModel(
            name='MemberKey',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(max_length=64, unique=True)),
            ],
        ),
        migrations.CreateModel(
            name='Scope',
            fields=[
                ('id', models.AutoField(primary_key=True, serialize=False)),
                ('name', models.CharField(max_length=200, unique=True)),
            ],
        ),
        migrations.CreateModel(
            name='Choice',
            fields=[
                ('sequence', models.BigIntegerField(primary_key=True, serialize=False)),
                ('reference', models.UUIDField(help_text="What the receipt is known by; can't be guessed.")),
                ('member', models.BigIntegerField()),
                ('decision', models.SmallIntegerField(choices=[(0, 'refuse'), (1, 'allow'), (2, 'follow')])),
                ('origin', models.SmallIntegerField(choices=[(1, 'the page of choices'), (2, 'a settings page of the platform'), (3, "your browser's privacy signal"), (4, 'our support, on your behalf'), (5, 'an earlier record')])),
                ('edition', models.PositiveIntegerField(help_text='The edition that the member had before them; 0 for none.')),
                ('at', models.DateTimeField()),
                ('previous', models.BigIntegerField(help_text="Sequence of the member's choice before, at the same scope; 0 if none.")),
                ('request', models.CharField(blank=True, help_text='Digest of the idempotency key, if one was sent.', max_length=64)),
                ('salt', models.BinaryField(max_length=32, null=True)),
                ('digest', models.BinaryField(max_length=32)),
                ('scope', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='consent.scope')),
            ],
            options={
                'ordering': ('sequence',),
                'indexes': [models.Index(fields=['member', 'scope', 'sequence'], name='choices_of_a_member')],
                'constraints': [models.CheckConstraint(condition=models.Q(('decision', transparency.consent.precedence.Decision['REFUSE']), ('origin__in', (1, 2)), _connector='OR'), name='only_members_themselves_allow')],
            },
        ),
    ]

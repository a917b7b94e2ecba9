# The tables; see 0002 for what guards them.

from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='Checkpoint',
            fields=[
                ('size', models.BigIntegerField(primary_key=True, serialize=False)),
                ('root', models.BinaryField(max_length=32)),
                ('note', models.TextField(help_text='The signed text, as it was published.')),
                ('sealed_at', models.DateTimeField()),
            ],
            options={
                'ordering': ('-size',),
            },
        ),
        migrations.CreateModel(
            name='Entry',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(help_text='e.g. “edition”.', max_length=40)),
                ('subject', models.CharField(help_text='Which one of its kind, e.g. the number of an edition.', max_length=80)),
                ('body', models.TextField(help_text='Canonical JSON (RFC 8785), what the leaf is made from. Public: no person in it.')),
                ('index', models.BigIntegerField(help_text='Its place in the log; none until it is sealed.', null=True, unique=True)),
                ('recorded_at', models.DateTimeField()),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('index', None)), fields=['id'], name='entries_that_wait')],
                'constraints': [models.UniqueConstraint(fields=('kind', 'subject'), name='entry_once_per_subject')],
            },
        ),
    ]

"""Every limit on what a catalog may send, in one place. A value at its limit is taken; one beyond it is refused."""

# The body of a request, or one line of a file.
BODY_BYTES = 4 * 1024 * 1024  # after gunzip
GUNZIP_RATIO = 20  # bytes out per byte in; lineage events seldom reach 15
GUNZIP_FREE_BYTES = 1024 * 1024  # below this, any ratio: a batch of events that resemble each other compresses well
EVENTS = 10_000  # in one batch

# Shapes of JSON.
DEPTH = 32  # objects and lists inside each other, the event itself included
KEYS = 1_000  # of one object
ITEMS = 10_000  # of one list, and columns of one dataset
DATASETS = 2_000  # inputs of one event, and outputs
FACETS = 200  # of one dataset, job or run
FACET_BYTES = 1024 * 1024  # one facet, as JSON
INTEGER = 2**53 - 1  # either side of zero: what every JSON reader can hold
LONG_INTEGER = 2**63 - 1  # in what is not kept, e.g. the snapshot ids of Iceberg

# Texts, in code points unless the name says otherwise.
TEXT = 4_096
DESCRIPTION = 20_000
LONG_TEXT = 1_000_000  # in what is not kept: queries, source code, stack traces
IDENTIFIER = 512
IDENTIFIER_BYTES = 1_024  # in UTF-8
KEY = 1_100  # an asset's key: namespace, name and field together
KEY_BYTES = 2_400  # PostgreSQL indexes no more than 2,704 bytes
MARKS = 4  # combining marks on one base character

# Answers of catalogs.
ANSWER_BYTES = 32 * 1024 * 1024  # of one answer, unzipped
PAGES = 50_000  # of one list

# Times.
AHEAD_MINUTES = 10  # clocks differ a little; more is a fault
OLD_DAYS = 90  # older events are taken, and flagged

# What is kept.
KEPT_FACET_BYTES = 16 * 1024  # of one facet that we know nothing about
FAULTS = 1_000  # of one source, the newest
PAIRS = 10_000  # inputs times outputs of one run; beyond, flows pass through the job's own node
GRAPH = 2_000_000  # assets and flows of one snapshot
BACKLOG = 500_000  # events of one source that wait to be applied
FILE_BYTES = 4 * 1024**3  # all files of one source together
MANIFEST_BYTES = 256 * 1024 * 1024  # manifest.json or catalog.json
METADATA_BYTES = 1024**3  # metadata files of one DataHub source together: they are held at once

"""What the sample company's search team does with data, told by each fake in its own words."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from transparency.demo.catalogs.faults import Fault

WAREHOUSE = "postgres://search.tandem.example:5432"
MODELS = "mlflow://search.tandem.example"
JOBS = "airflow.search.tandem.example"
DATABASE = "tandem"


@dataclass(frozen=True)
class Column:
    """``tags`` are pairs: which list of tags, and the tag."""

    name: str
    type: str = "text"
    tags: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Table:
    """``name`` is schema and table; the database is the same for all."""

    name: str
    columns: tuple[Column, ...]
    description: str = ""

    @property
    def full_name(self) -> str:
        return f"{DATABASE}.{self.name}"


@dataclass(frozen=True)
class Made:
    """A column that was made of another one, e.g. ``search.articles.text``; only looked at where it isn't direct."""

    of: str
    column: str
    direct: bool = True
    masked: bool = False
    aggregated: bool = False


@dataclass(frozen=True)
class Job:
    """``model`` is the model that it trains; ``writes`` are tables."""

    name: str
    reads: tuple[str, ...]
    writes: tuple[str, ...] = ()
    model: str = ""
    made: tuple[Made, ...] = ()


@dataclass(frozen=True)
class Company:
    tables: tuple[Table, ...]
    jobs: tuple[Job, ...]
    models: tuple[str, ...]
    at: datetime = field(default_factory=lambda: datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=5))

    def going(self, fault: Fault | None) -> "Company":
        """The company as a catalog tells of it that goes bad in this way."""
        if fault == Fault.HALF_GONE:
            return self._half()
        return self._renamed() if fault == Fault.TAG_RENAMED else self

    def _half(self) -> "Company":
        kept = self.tables[: len(self.tables) // 2]
        names = {table.name for table in kept}
        jobs = tuple(job for job in self.jobs if names.issuperset((*job.reads, *job.writes)) and not job.model)
        return replace(self, tables=kept, jobs=jobs, models=())

    def _renamed(self) -> "Company":
        return replace(
            self, tables=tuple(replace(one, columns=tuple(map(_renamed, one.columns))) for one in self.tables)
        )


def _renamed(column: Column) -> Column:
    return replace(column, tags=tuple((group, f"{tag}_new") for group, tag in column.tags))


def _personal(tag: str) -> tuple[tuple[str, str], ...]:
    return (("personal_data", tag),)


ARTICLES = Table(
    "search.articles",
    (
        Column("id", "bigint"),
        Column("author_id", "bigint"),
        Column("text", "text", _personal("articles")),
        Column("topic"),
    ),
    "What members write.",
)
QUERIES = Table("search.queries", (Column("member_id", "bigint"), Column("text", "text", _personal("search_history"))))
WORDS = Table(
    "search.words",
    (Column("word"), Column("author"), Column("topic"), Column("times", "bigint")),
    "Which words stand together.",
)
TRAINING = Table("search.training", (Column("word"), Column("asked"), Column("clicked", "boolean")))
# Enough tables for several pages, of which nobody makes anything.
ARCHIVE = tuple(Table(f"archive.articles_{year}", (Column("id", "bigint"),)) for year in range(2001, 2027))

COMPANY = Company(
    tables=(ARTICLES, QUERIES, WORDS, TRAINING, *ARCHIVE),
    jobs=(
        Job(
            "count_words",
            reads=("search.articles",),
            writes=("search.words",),
            made=(
                Made("search.articles.text", "search.words.word"),
                Made("search.articles.author_id", "search.words.author", masked=True),
                Made("search.articles.topic", "search.words.topic"),
                Made("search.articles.text", "search.words.times", aggregated=True),
                Made("search.articles.id", "search.words.word", direct=False),
            ),
        ),
        Job(
            "prepare_training",
            reads=("search.words", "search.queries"),
            writes=("search.training",),
            made=(
                Made("search.words.word", "search.training.word"),
                Made("search.queries.text", "search.training.asked"),
            ),
        ),
        Job("train_search", reads=("search.training",), model="search-training"),
    ),
    models=("search-training",),
)

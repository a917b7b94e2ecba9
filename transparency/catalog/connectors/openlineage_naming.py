"""What an OpenLineage name stands for: a dataset, a column, a job, an ML feature or a model.

OpenLineage knows datasets and jobs only. A dataset is a *model* or an *ML feature* here when one of these says so:

1. its namespace has the scheme of a model registry or feature store, e.g. ``mlflow://models`` or ``feast://prod``;
2. its ``datasetType`` facet says MODEL, ML_MODEL, FEATURE, ML_FEATURE or FEATURE_VIEW;
3. it carries a facet called ``mlModel`` or ``mlFeature``.

The second and third may come in one event and be missing from the next, so the plain dataset key stays known as an
alias of the model's.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from transparency.catalog import keys, limits
from transparency.catalog.connectors.openlineage_events import Dataset, RawFacets
from transparency.catalog.untrusted import clean_name

_BY_SCHEME = {
    "mlflow": "model",
    "mlmodel": "model",
    "model": "model",
    "huggingface": "model",
    "feast": "feature",
    "feature": "feature",
}
_BY_TYPE = {
    "MODEL": "model",
    "ML_MODEL": "model",
    "FEATURE": "feature",
    "ML_FEATURE": "feature",
    "FEATURE_VIEW": "feature",
}
_BY_FACET = {"mlmodel": "model", "ml_model": "model", "mlfeature": "feature", "ml_feature": "feature"}
_KEYS: dict[str, Callable[[str, str], str]] = {
    "dataset": keys.dataset_key,
    "model": keys.model_key,
    "feature": keys.feature_key,
    "job": keys.job_key,
}


@dataclass(frozen=True, slots=True)
class Named:
    """One thing by its cleaned name. ``altered`` says that the name as it came held characters that we don't store."""

    kind: str
    namespace: str
    name: str
    altered: bool = False

    @property
    def key(self) -> str:
        return _KEYS[self.kind](self.namespace, self.name)

    @property
    def plain_key(self) -> str:
        """The key under which somebody who knows nothing of models would look for it."""
        return keys.dataset_key(self.namespace, self.name)

    def column_key(self, field: str) -> str:
        return keys.column_key(self.namespace, self.name, field)


def job(namespace: str, name: str) -> Named:
    return named("job", namespace, name)


@lru_cache(maxsize=65_536)
def dataset(namespace: str, name: str) -> Named:
    """A dataset, a model or a feature, as far as its namespace tells."""
    scheme = namespace.partition("://")[0].casefold() if "://" in namespace else ""
    return named(_BY_SCHEME.get(scheme, "dataset"), namespace, name)


def described(seen: Dataset, facets: RawFacets) -> Named:
    """The same, where facets may tell more."""
    plain = dataset(seen.namespace, seen.name)
    kind = _kind_by_type(seen) or next((_BY_FACET[key.casefold()] for key in facets if key.casefold() in _BY_FACET), "")
    return Named(kind, plain.namespace, plain.name, plain.altered) if kind else plain


def storable(key: str) -> bool:
    """False for the few keys that are within the limits piece by piece, and too long for an index as a whole."""
    return len(key) <= limits.KEY and (key.isascii() or len(key.encode()) <= limits.KEY_BYTES)


def _kind_by_type(seen: Dataset) -> str:
    facet = seen.facets.dataset_type if seen.facets else None
    return _BY_TYPE.get((facet.dataset_type or "").upper(), "") if facet else ""


def named(kind: str, namespace: str, name: str) -> Named:
    """A thing of that kind (``dataset``, ``job``, ``feature``, ``model``) by its name as it came."""
    cleaned = clean_name(namespace)[: limits.IDENTIFIER], clean_name(name)[: limits.IDENTIFIER]
    return Named(kind, *cleaned, altered=cleaned != (namespace, name))

"""What OpenLineage calls the things that DataHub knows, so that both mean the same asset.

DataHub's urns say on which platform a table is, not on which server. Whoever adds the source tells the namespaces (see
``catalog.namespaces``). Untold, a namespace is the platform's name. What is not production never gets the name of what
is.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from transparency.catalog.connectors import datahub_urns
from transparency.catalog.connectors import openlineage_naming as naming
from transparency.catalog.connectors.base import SourceUnreadable
from transparency.catalog.connectors.datahub_urns import BadUrn, Urn
from transparency.catalog.connectors.openlineage_naming import Named
from transparency.catalog.namespaces import BadNamespaces, Place, environment_of, read_namespaces

# Where the first part of the name is what OpenLineage puts into the namespace.
_BUCKETS = {"s3": "s3", "gcs": "gs"}
_MODELS = {"mlModel": "", "mlModelGroup": "", "mlModelDeployment": "deployments/"}


@dataclass(frozen=True)
class Names:
    """Gives each urn its name; ``told`` are the namespaces that somebody told."""

    told: Mapping[Place, str] = field(default_factory=dict)

    def named(self, urn: Urn) -> Named:
        """The name of a dataset, job, feature or model. Raises ``BadUrn`` for anything else."""
        name = _NAMERS.get(urn.kind)
        if name is None:
            raise BadUrn(f"urn:li:{urn.kind}:…")
        return name(self, urn)

    def _dataset(self, urn: Urn) -> Named:
        platform, name, environment = _platform(urn.parts[0]), urn.parts[1], urn.parts[2]
        bucket, _, path = name.partition("/")
        if platform in _BUCKETS and path and not self._is_told(platform):
            return naming.dataset(f"{_BUCKETS[platform]}://{bucket}{_suffix(environment)}", path)
        namespace, name = self._place(platform, name, environment)
        return naming.dataset(namespace, name)

    def _model(self, urn: Urn) -> Named:
        namespace, name = self._place(_platform(urn.parts[0]), urn.parts[1], urn.parts[2])
        return naming.named("model", namespace, _MODELS[urn.kind] + name)

    def _table(self, urn: Urn) -> Named:
        return naming.named("feature", *self._place(_platform(urn.parts[0]), urn.parts[1], "PROD"))

    def _feature(self, urn: Urn) -> Named:
        """A feature's urn doesn't say in which store it is, only in which table of features."""
        return naming.named("feature", f"feature://{urn.parts[0]}", urn.parts[1])

    def _job(self, urn: Urn) -> Named:
        flow = datahub_urns.parse(urn.parts[0])
        if flow.kind != "dataFlow":
            raise BadUrn(urn.parts[0])
        namespace, name = self._place(flow.parts[0].casefold(), flow.parts[1], flow.parts[2])
        return naming.job(namespace, f"{name}.{urn.parts[1]}")

    def _run(self, urn: Urn) -> Named:
        return naming.job("datahub", f"run/{urn.parts[0]}")

    def _is_told(self, platform: str) -> bool:
        return any(place[0] == platform for place in self.told)

    def _place(self, platform: str, name: str, environment: str) -> tuple[str, str]:
        """The namespace, and the name without the platform instance that the namespace stands for."""
        environment = environment_of(environment)
        for (other, instance, where), namespace in self.told.items():
            if instance and (other, where) == (platform, environment) and name.startswith(f"{instance}."):
                return namespace, name.removeprefix(f"{instance}.")
        told = self.told.get((platform, "", environment))
        return told or f"{platform}{_suffix(environment)}", name


def names_of(namespaces: str) -> Names:
    """The names that the source's setting asks for. Raises ``SourceUnreadable`` where it can't be read."""
    try:
        return Names(read_namespaces(namespaces))
    except BadNamespaces as bad:
        raise SourceUnreadable(f"The source's namespaces can't be read: {bad}") from bad


def _platform(text: str) -> str:
    return datahub_urns.short(text).casefold()


def _suffix(environment: str) -> str:
    return f";env={environment_of(environment)}" if environment_of(environment) else ""


_NAMERS: dict[str, Callable[[Names, Urn], Named]] = {
    "dataset": Names._dataset,
    "dataJob": Names._job,
    "dataProcessInstance": Names._run,
    "mlFeature": Names._feature,
    "mlPrimaryKey": Names._feature,
    "mlFeatureTable": Names._table,
    "mlModel": Names._model,
    "mlModelGroup": Names._model,
    "mlModelDeployment": Names._model,
}

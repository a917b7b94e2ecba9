"""What OpenLineage calls the things that OpenMetadata knows, so that both mean the same asset. Pure.

OpenMetadata puts the name of a service before every name, ``warehouse.shop.public.members``. Whoever adds the source
tells which namespace each service is (see ``catalog.namespaces``); untold, it is the kind of service and its name.
"""

import re
from collections.abc import Mapping

from transparency.catalog import limits
from transparency.catalog.connectors import openlineage_naming as naming
from transparency.catalog.connectors.openlineage_naming import Named
from transparency.catalog.namespaces import Place

PART = re.compile(r'"((?:[^"]|"")*)"|([^.]+)')
# Their tables have no database: OpenMetadata writes “default” for it, OpenLineage nothing.
WITHOUT_DATABASE = frozenset({"mysql", "mariadb", "hive", "clickhouse", "singlestore", "doris", "starrocks"})


def parts_of(name: str) -> list[str]:
    """The parts of a full name. One that holds a dot stands in quotes there: ``a."b.c".d``."""
    return [quoted.replace('""', '"') if quoted else plain for quoted, plain in PART.findall(name)]


class Names:
    """``told`` are the namespaces that somebody told, by the service's name in lower case."""

    def __init__(self, told: Mapping[Place, str]) -> None:
        self._told = {service: namespace for (service, _, _), namespace in told.items()}

    def named(self, kind: str, full_name: str, service_type: str | None) -> Named:
        """The name of a dataset, job or model. Raises ``ValueError`` where it has no service, or is too long."""
        service, *rest = parts_of(full_name) or [""]
        if not rest:
            raise ValueError("There is no service before the name.")
        type_ = (service_type or kind).casefold()
        if len(rest) > 1 and rest[0] == "default" and type_ in WITHOUT_DATABASE:
            rest = rest[1:]
        namespace = self._told.get(service.casefold()) or (service if kind == "job" else f"{type_}://{service}")
        name = ".".join(rest)
        if max(len(namespace), len(name)) > limits.IDENTIFIER:
            raise ValueError("The name is too long to be kept.")
        return naming.named(kind, namespace, name)

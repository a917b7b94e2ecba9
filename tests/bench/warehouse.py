"""A company's warehouse of any size, told by OpenLineage events as Spark writes them, cycles and diamonds included.

Sixty domains of two hundred tables each. A table is made from three others by a job that tells of every column; now and
then one of them is made later than it, which closes a cycle, or belongs to one of six domains that everybody uses. Five
jobs of every domain train a model.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import msgspec

DOMAINS, SHARED, TABLES, COLUMNS = 60, 6, 200, 23
RAW, NEAR, CYCLES, FOREIGN = 20, 40, 0.02, 0.03
TRAININGS, EXTRA = 5, 17
PLACE, JOBS, AT = "postgres://warehouse:5432", "spark", "2026-11-25T03:{minute:02}:00Z"
FACET = {"_producer": "https://example.com/spark", "_schemaURL": "https://openlineage.io/spec/facets/1-2-0/F.json"}
IDENTITY = [{"type": "DIRECT", "subtype": "IDENTITY", "description": "", "masking": False}]
FILTER = [{"type": "INDIRECT", "subtype": "FILTER", "description": "", "masking": False}]


@dataclass(frozen=True)
class Warehouse:
    """``tables`` a domain; ``changed`` is the share of jobs that tell something else than they did."""

    tables: int = TABLES
    changed: float = 0.0

    def events(self) -> Iterator[bytes]:
        for domain in range(DOMAINS):
            for table in range(self.raw, self.tables):
                yield msgspec.json.encode(self._job(domain, table))
            for training in range(TRAININGS):
                yield msgspec.json.encode(self._training(domain, training))

    @property
    def raw(self) -> int:
        return max(1, self.tables * RAW // TABLES)

    @cached_property
    def categories(self) -> list[str]:
        return [f"group.kind{number}" for number in range(DOMAINS)]

    def features(self) -> Iterator[tuple[str, str]]:
        """The key of each job that trains a model, and the feature that it is a part of."""
        for domain in range(DOMAINS):
            for training in range(TRAININGS):
                yield f"job:{JOBS}/d{domain}.train{training}", f"feature-{domain}-{training}"

    def _inputs(self, domain: int, table: int) -> list[str]:
        dice = random.Random(domain * 10_007 + table)
        return [self._input(dice, domain, table) for _ in range(3)]

    def _input(self, dice: random.Random, domain: int, table: int) -> str:
        if dice.random() < CYCLES:
            return f"d{domain}.t{dice.randrange(table, self.tables)}"
        if dice.random() < FOREIGN:
            domain, table = dice.randrange(SHARED), min(self.tables, table) if domain >= SHARED else self.raw
        return f"d{domain}.t{dice.randrange(max(0, table - NEAR), table)}"

    def _job(self, domain: int, table: int) -> dict[str, Any]:
        inputs, output = self._inputs(domain, table), f"d{domain}.t{table}"
        columns = {f"c{n}": [_field(source, n) for source in dict.fromkeys(inputs)] for n in range(COLUMNS)}
        for n in range(EXTRA):
            columns[f"c{n}"].append(_field(inputs[0], (n + 1) % COLUMNS))
        if random.Random(output).random() < self.changed:
            columns["c0"] = [_field(inputs[0], COLUMNS - 1)]
        fields = {name: {"inputFields": told} for name, told in columns.items()}
        looked_at = [{**_field(inputs[0], 0), "transformations": FILTER}]
        lineage = FACET | {"fields": fields, "dataset": looked_at}
        facets = {"schema": _schema(), "columnLineage": lineage}
        outputs = [{"namespace": PLACE, "name": output, "facets": facets}]
        return self._event(output, [self._dataset(name) for name in dict.fromkeys(inputs)], outputs, table)

    def _training(self, domain: int, number: int) -> dict[str, Any]:
        tables = (f"d{domain}.t{self.tables - 1 - number - apart}" for apart in (0, min(5, self.tables - 6)))
        return self._event(f"d{domain}.train{number}", [self._dataset(name) for name in tables], [], number)

    def _dataset(self, name: str) -> dict[str, Any]:
        """A table that is read. One that nobody makes says which of its columns hold what."""
        domain, table = (int(part[1:]) for part in name.split("."))
        if table >= self.raw:
            return {"namespace": PLACE, "name": name, "facets": {}}
        held = [
            {"key": f"kind{(domain + apart) % DOMAINS}", "field": f"c{7 * apart + table % 7}"} for apart in range(3)
        ]
        return {"namespace": PLACE, "name": name, "facets": {"tags": FACET | {"tags": held}, "schema": _schema()}}

    def _event(self, job: str, inputs: list[Any], outputs: list[Any], minute: int) -> dict[str, Any]:
        return {
            "eventTime": AT.format(minute=minute % 60),
            "eventType": "COMPLETE",
            "producer": FACET["_producer"],
            "schemaURL": "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent",
            "run": {"runId": f"0198c0de-0000-7000-8000-{random.Random(job).getrandbits(48):012x}", "facets": {}},
            "job": {"namespace": JOBS, "name": job, "facets": {}},
            "inputs": inputs,
            "outputs": outputs,
        }


def _schema() -> dict[str, Any]:
    return FACET | {"fields": [{"name": f"c{n}", "type": "string"} for n in range(COLUMNS)]}


def _field(table: str, column: int) -> dict[str, Any]:
    return {"namespace": PLACE, "name": table, "field": f"c{column}", "transformations": IDENTITY}

"""Keys of assets: one text per thing, the same in every source that knows it (OpenLineage naming spec)."""


def dataset_key(namespace: str, name: str) -> str:
    return f"dataset:{namespace}/{name}"


def column_key(namespace: str, name: str, field: str) -> str:
    """The key of one column; ``field`` is dotted where the schema is nested. Its last “#” begins the column's name."""
    return f"column:{namespace}/{name}#{written(field)}"


def written(field: str) -> str:
    """A column's name as its key has it: without “#”, so that a key can be taken apart again.

    A name that holds “#”, or looks as if it had been written so, has “%23” for “#” and “%25” for “%”.
    """
    if "#" in field or "%23" in field or "%25" in field:
        return field.replace("%", "%25").replace("#", "%23")
    return field


def field_of(key: str) -> str:
    """The name of the column whose key that is."""
    field = key.rpartition("#")[2]
    return field.replace("%23", "#").replace("%25", "%") if "%23" in field or "%25" in field else field


def job_key(namespace: str, name: str) -> str:
    return f"job:{namespace}/{name}"


def feature_key(namespace: str, name: str) -> str:
    """The key of an ML feature: an input of a model, not an AI feature of the product."""
    return f"feature:{namespace}/{name}"


def model_key(namespace: str, name: str) -> str:
    return f"model:{namespace}/{name}"


def dataset_of(key: str) -> str:
    """The key of the dataset that a column belongs to; any other key is returned as it is."""
    if not key.startswith("column:"):
        return key
    return "dataset:" + key.removeprefix("column:").rpartition("#")[0]


def short_name(key: str) -> str:
    """What a person calls it: the last parts of its name, without kind and namespace."""
    kind, _, rest = key.partition(":")
    dataset = rest.rpartition("#")[0] if kind == "column" else rest
    table = ".".join(dataset.rpartition("/")[2].split(".")[-2:])
    return f"{table}, column {field_of(key)}" if kind == "column" else table


def place_of(key: str) -> str:
    """What a dataset's key and those of its columns have in common."""
    return dataset_of(key).partition(":")[2]

"""Keys of assets: one text per thing, the same in every source that knows it (OpenLineage naming spec)."""


def dataset_key(namespace: str, name: str) -> str:
    return f"dataset:{namespace}/{name}"


def column_key(namespace: str, name: str, field: str) -> str:
    """The key of one column; ``field`` is dotted where the schema is nested."""
    return f"column:{namespace}/{name}#{field}"


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
    tail = key.partition(":")[2].rpartition("/")[2]
    dataset, _, column = tail.partition("#")
    table = ".".join(dataset.split(".")[-2:])
    return f"{table}, column {column}" if column else table

"""The data behind a chart, as it is kept in DrawingML for every type of chart: a table."""

from collections.abc import Iterator
from itertools import zip_longest

from lxml import etree

from memory.adapters.partitioner.trees import local


def chart_data(chart: etree._Element) -> list[list[str]]:
    """Return the rows: a header with the names of the series, then a category and its values each."""
    series = [one for one in chart.iter() if local(one) == "ser"]
    categories = next((labels for one in series if (labels := list(_values(one, "cat", "xVal")))), [])
    columns = [list(_values(one, "val", "yVal")) for one in series]
    names = [" ".join(_values(one, "tx")) for one in series]
    return [["", *names], *([*row] for row in zip_longest(categories, *columns, fillvalue=""))] if series else []


def _values(series: etree._Element, *names: str) -> Iterator[str]:
    for part in series:
        if local(part) in names:
            yield from (value.text or "" for value in part.iter() if local(value) == "v")

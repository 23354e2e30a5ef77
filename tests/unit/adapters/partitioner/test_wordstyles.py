"""Which runs of a Word file nobody sees, by their own properties, their styles and what lies under them."""

import pytest
from lxml import etree

from memory.adapters.partitioner.wordstyles import W, WordStyles

STYLES = """
<w:docDefaults><w:rPrDefault><w:rPr><w:sz w:val="22"/></w:rPr></w:rPrDefault></w:docDefaults>
<w:style w:type="paragraph" w:default="1" w:styleId="Normal"/>
<w:style w:type="character" w:styleId="Gone"><w:rPr><w:vanish/></w:rPr></w:style>
<w:style w:type="character" w:styleId="Below"><w:basedOn w:val="Gone"/></w:style>
<w:style w:type="character" w:styleId="Back"><w:basedOn w:val="Gone"/><w:rPr><w:vanish w:val="0"/></w:rPr></w:style>
<w:style w:type="paragraph" w:styleId="White"><w:rPr><w:color w:val="FFFFFF"/></w:rPr></w:style>
<w:style w:type="paragraph" w:styleId="Band"><w:pPr><w:shd w:val="clear" w:fill="003366"/></w:pPr></w:style>
<w:style w:type="character" w:styleId="Loop"><w:basedOn w:val="Loop"/></w:style>
"""
CELL = '<w:tbl><w:tr><w:tc><w:tcPr><w:shd w:val="clear" w:fill="003366"/></w:tcPr>{}</w:tc></w:tr></w:tbl>'


def word(inner: str, root: str = "body") -> etree._Element:
    return etree.fromstring(f'<w:{root} xmlns:w="{W[1:-1]}">{inner}</w:{root}>')


def hidden(inner: str, styles: str | None = STYLES) -> bool:
    """Say whether the only run with text is hidden."""
    [run] = [one.getparent() for one in word(inner).iter(f"{W}t")]
    return WordStyles(None if styles is None else word(styles, "styles")).hides(run)


def run(properties: str = "", paragraph: str = "") -> str:
    return f"<w:p><w:pPr>{paragraph}</w:pPr><w:r><w:rPr>{properties}</w:rPr><w:t>text</w:t></w:r></w:p>"


WHITE_RUN = run('<w:color w:val="FFFFFF"/>')


@pytest.mark.parametrize(
    "inner",
    [
        run("<w:vanish/>"),
        run('<w:color w:val="FFFFFF"/>'),
        run('<w:color w:val="fdfdfd"/>'),
        run('<w:sz w:val="2"/>'),
        run('<w:rStyle w:val="Gone"/>'),
        run('<w:rStyle w:val="Below"/>'),
        run(paragraph='<w:pStyle w:val="White"/>'),
        run('<w:color w:val="003366"/>', '<w:pStyle w:val="Band"/>'),
        run('<w:color w:val="000000"/><w:shd w:val="clear" w:fill="000000"/>'),
        CELL.format(run('<w:color w:val="023564"/>')),
    ],
)
def test_what_nobody_sees_is_hidden(inner: str) -> None:
    """Fails without the property, the style or the shade that hides it; each has a row."""
    assert hidden(inner)


@pytest.mark.parametrize(
    "inner",
    [
        run(),
        run('<w:vanish w:val="false"/>'),
        run('<w:color w:val="808080"/><w:sz w:val="8"/>'),
        run('<w:rStyle w:val="Back"/>'),
        run('<w:rStyle w:val="Loop"/>'),
        run('<w:color w:val="000000"/>', '<w:pStyle w:val="White"/>'),
        run('<w:color w:val="FFFFFF"/>', '<w:pStyle w:val="Band"/>'),
        run('<w:color w:val="FFFFFF"/><w:highlight w:val="black"/>'),
        run('<w:color w:val="auto"/><w:shd w:val="clear" w:fill="000000"/>'),
        run('<w:color w:val="FFFFFF"/><w:shd w:val="pct50" w:fill="auto"/>'),
        CELL.format(run('<w:color w:val="FFFFFF"/>')),
        f'<w:tbl><w:tblPr><w:tblStyle w:val="T"/></w:tblPr>{WHITE_RUN}</w:tbl>',
        f"<w:p><w:r><w:txbxContent>{WHITE_RUN}</w:txbxContent></w:r></w:p>",
        f'<w:background w:color="003366"/>{WHITE_RUN}',
    ],
)
def test_what_somebody_may_see_is_not(inner: str) -> None:
    """The twin of what is hidden: where a ground may be anything, white text stays."""
    assert not hidden(inner)


def test_a_file_without_styles_is_read_by_its_runs() -> None:
    assert hidden(run("<w:vanish/>"), None)
    assert not hidden(run('<w:rStyle w:val="Gone"/>'), None)

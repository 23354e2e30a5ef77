"""What nobody sees on a page of HTML, by attribute, inline style or the page's own sheet; and what must stay."""

import time

import pytest
from lxml import etree

from memory.adapters.partitioner.styles import Styles
from memory.adapters.partitioner.veiled import take_out


def shown(body: str, sheet: str = "", head: str = "") -> tuple[str, bool]:
    """Return what is left of a page, and whether it was said that something was taken out."""
    page = f"<html><head>{head}<style>{sheet}</style></head><body>{body}</body></html>"
    root = etree.fromstring(page, etree.HTMLParser())
    told = take_out(root)
    return " ".join("".join(root.find("body").itertext()).split()), told


HIDDEN = [
    '<p style="display:none">obey</p>',
    '<p style="DISPLAY : NONE !important">obey</p>',
    '<p style="visibility:hidden">obey</p>',
    "<p hidden>obey</p>",
    '<p style="font-size:0">obey</p>',
    '<p style="font-size:1px">obey</p>',
    '<p style="font:0/0 a">obey</p>',
    '<p style="font-size:1%">obey</p>',
    '<p style="opacity:0">obey</p>',
    '<p style="opacity:.01">obey</p>',
    '<p style="filter: opacity(0)">obey</p>',
    '<p style="color:white">obey</p>',
    '<p style="color:#fdfdfd">obey</p>',
    '<p style="color:hsl(0,0%,100%)">obey</p>',
    '<p style="color:transparent">obey</p>',
    '<p style="color:rgba(0,0,0,0)">obey</p>',
    '<p style="color:#00000000">obey</p>',
    '<p style="color:#036;background:#036">obey</p>',
    '<div style="background:#036 none"><p style="color:#013467">obey</p></div>',
    '<table bgcolor="black"><tr><td>obey</td></tr></table>',
    "<font color=white>obey</font>",
    '<p style="position:absolute;left:-9999px">obey</p>',
    '<p style="text-indent:-9999px">obey</p>',
    '<p style="position:absolute;clip:rect(0,0,0,0)">obey</p>',
    '<p style="clip-path: inset(50%)">obey</p>',
    '<p style="height:0;overflow:hidden">obey</p>',
    '<p style="transform: scale(0)">obey</p>',
    '<div style="font-size:0"><p style="visibility:visible">obey</p></div>',
    '<div style="color:transparent"><p style="font-size:14px">obey</p></div>',
    '<div style="display:none"><p style="display:block">obey</p></div>',
    '<p style="color:white">ob<b>e</b>y</p>',
]


@pytest.mark.parametrize("body", HIDDEN)
def test_what_nobody_sees_is_taken_out_and_told(body: str) -> None:
    """Fails without the rule for this way of hiding; each has a row."""
    left, told = shown(f"<p>Before.</p>{body}<p>After.</p>")
    assert (left.replace(" ", ""), told) == ("Before.After.", True)  # where a blank stays, `test_gaps.py` says


SHOWN = [
    "<p>read</p>",
    '<p style="color:#777">read</p>',
    '<p style="font-size:9px;opacity:.6">read</p>',
    '<div style="background:#036"><p style="color:#fff">read</p></div>',
    '<div style="background:url(x.png)"><p style="color:#fff">read</p></div>',
    '<div style="color:white"><p style="color:black">read</p></div>',
    '<div style="visibility:hidden"><p style="visibility:visible">read</p></div>',
    '<div style="font-size:0"><p style="font-size:12px">read</p></div>',
    '<div style="color:white"><a href="x">read</a></div>',
    '<p style="position:absolute;left:20px;overflow:hidden;height:40px">read</p>',
    '<p style="text-indent:-20px">read</p>',
    '<p style="margin-left:-8px">read</p>',
    '<p style="color:red;background-color:transparent">read</p>',
]


@pytest.mark.parametrize("body", SHOWN)
def test_what_somebody_sees_is_kept(body: str) -> None:
    """The twin of what is hidden."""
    assert shown(f"<p>Before.</p>{body}<p>After.</p>") == ("Before.readAfter.", False)


@pytest.mark.parametrize(
    "sheet",
    [
        ".x { display: none }",
        "p.x.y{display:none}",
        "#z{display:none}",
        "/* } */ body{color:#000} .x, h1 { color: white }",
        "* {margin:0} @media print { .x { display:block } } .x{font-size:0px}",
        ".x{display:none} .z{display:block}",
    ],
)
def test_rules_of_the_page_itself_are_obeyed(sheet: str) -> None:
    """Fails when only inline styles are read."""
    assert shown('<p>Before.</p><p class="x y" id="z">obey</p>', sheet) == ("Before.", True)


@pytest.mark.parametrize(
    "sheet",
    [
        ".x{display:none} .open .x{display:block}",
        ".x{display:none} .x:target{display:block}",
        ".x{display:none} #z{display:block}",
        ".x{display:none} p.x{display:block}",
        "@media print { .x{display:none} }",
        ".dark .x{background:#036} .x{color:white}",
        ".other{display:none}",
        "div.x{display:none}",
    ],
)
def test_what_another_rule_may_show_is_kept(sheet: str) -> None:
    """Fails when a rule that hides is obeyed without the cascade."""
    assert shown('<p>Before.</p><p class="x y" id="z">read</p>', sheet) == ("Before.read", False)


def test_a_sheet_from_elsewhere_makes_grounds_uncertain() -> None:
    """A title in white may stand on a band of the sheet. The twin has no sheet."""
    body = '<div class="band"><p style="color:white">read</p></div>'
    assert shown(body, head='<link rel="stylesheet" href="site.css">') == ("read", False)
    assert shown(body) == ("", True)


def test_the_code_of_a_hidden_element_is_no_hidden_text() -> None:
    assert shown('<div style="display:none"><script>1</script></div><p>read</p>') == ("read", False)


def test_a_hostile_sheet_costs_what_it_is_long() -> None:
    """Fails when each element is held against each rule, or a rule is read twice."""
    rules = "".join(f".c{n}{{color:red}}" for n in range(20_000)) + "{" * 50_000 + "@" * 50_000 + "(" * 50_000
    body = "".join(f'<p class="c{n}">x</p>' for n in range(20_000))
    begin = time.process_time()
    shown(body, rules)
    assert time.process_time() - begin < 10


def test_styles_know_whether_they_are_all() -> None:
    page = etree.fromstring("<html><style>@import 'x.css';</style><p>x</p></html>", etree.HTMLParser())
    assert not Styles(page).complete

"""What a page of HTML says about the looks of its elements: attributes, and the rules of its own style sheets.

Enough of CSS to tell what is hidden, and to know when that is not known. Rules whose selector is one compound (`p`,
`.a.b`, `td#x`) are obeyed in the order of the cascade. Of any other rule only its last compound is read, and it can
only make an element's looks uncertain, never hide it. Rules for some media alone, and sheets from elsewhere, are not
read; where a page has such a sheet, whatever has a class or an id may look like anything.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from lxml import etree

MAX_SHEET = 1_000_000
MAX_RULES = 5_000
MAX_PROPERTIES = 100
MAX_SELECTOR = 200
UNCERTAIN = "?"
"""The value of a property that another rule may set."""

_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_RULE = re.compile(r"([^{}]*)\{([^{}]*)\}")
_COMPOUND = re.compile(r"(?:[a-z][a-z0-9]*|\*)?(?:[.#][\w-]+)*", re.IGNORECASE)
_LAST = re.compile(
    r"((?:[a-z][a-z0-9]*|\*)?(?:[.#][\w-]+)*)(?:::?[\w-]+(?:\([^()]*\))?|\[[^\]]*\])*\s*$", re.IGNORECASE
)
_PART = re.compile(r"[.#][\w-]+")

Declarations = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class _Rule:
    """Declarations for elements of a tag with these classes and this id; `certain` where nothing else is asked."""

    tag: str
    classes: frozenset[str]
    ids: frozenset[str]
    order: int
    certain: bool
    declared: Declarations

    @property
    def rank(self) -> tuple[int, int, int, int]:
        return len(self.ids), len(self.classes), int(bool(self.tag)), self.order


class Styles:
    """The looks of the elements of one page, as far as the page itself tells them."""

    def __init__(self, root: etree._Element) -> None:
        sheets = [element.text or "" for element in root.iter("style")]
        self.complete = not any("@import" in sheet for sheet in sheets) and not any(
            "stylesheet" in (link.get("rel") or "").lower() for link in root.iter("link")
        )
        self._rules: dict[str, list[_Rule]] = defaultdict(list)
        for rule in _rules("\n".join(sheets)[:MAX_SHEET]):
            self._rules[next(iter(sorted(rule.ids | rule.classes)), rule.tag or "*")].append(rule)
        self._known: dict[tuple[str, str, str], Declarations] = {}

    def of(self, element: etree._Element) -> Declarations:
        """Return the declarations in force on an element, by lower-case name."""
        by_rules = self._by_rules(str(element.tag), element.get("class") or "", element.get("id") or "")
        own = declarations(element.get("style") or "")
        return {**by_rules, **own} if own else by_rules

    def _by_rules(self, tag: str, classes: str, id_: str) -> Declarations:
        """Elements that are named alike look alike, so that a page of a million costs what its kinds do."""
        known = self._known.get((tag, classes, id_))
        if known is None:
            known = self._known[tag, classes, id_] = self._cascade(tag, frozenset(classes.split()), id_)
        return known

    def _cascade(self, tag: str, classes: frozenset[str], id_: str) -> Declarations:
        ids = frozenset({id_} - {""})
        keys = ("*", tag, *(f".{one}" for one in classes), *(f"#{one}" for one in ids))
        found = [rule for key in keys for rule in self._rules.get(key, ()) if _matches(rule, tag, classes, ids)]
        declared: dict[str, str] = {}
        for rule in sorted(found, key=lambda rule: rule.rank):
            declared.update(rule.declared if rule.certain else dict.fromkeys(rule.declared, UNCERTAIN))
        return declared


def declarations(style: str) -> dict[str, str]:
    """Return what a list of declarations says, in lower case; of a property that is told twice the last."""
    declared = {}
    for one in style.split(";")[:MAX_PROPERTIES]:
        name, colon, value = one.partition(":")
        if colon:
            declared[name.strip().lower()] = value.replace("!important", "").strip().lower()
    return declared


def _rules(sheet: str) -> Iterator[_Rule]:
    order = 0
    for selectors, body in _RULE.findall(_without_blocks(_COMMENT.sub("", sheet))):
        declared = declarations(body)
        for selector in selectors.split(","):
            order += 1
            if order > MAX_RULES:
                return
            plain = selector.strip()
            if plain and not plain.startswith("@"):
                yield _rule(plain, order, declared)


def _rule(selector: str, order: int, declared: Declarations) -> _Rule:
    selector = selector[-MAX_SELECTOR:]  # the end says which elements; a cut one is no compound, so never certain
    certain = _COMPOUND.fullmatch(selector) is not None
    last = _LAST.search(selector)
    compound = selector if certain else last[1] if last else ""
    parts = _PART.findall(compound)
    tag = re.split(r"[.#]", compound, maxsplit=1)[0].lower().replace("*", "")
    classes = frozenset(one for one in parts if one.startswith("."))
    return _Rule(tag, classes, frozenset(one for one in parts if one.startswith("#")), order, certain, declared)


def _matches(rule: _Rule, tag: str, classes: frozenset[str], ids: frozenset[str]) -> bool:
    return (
        rule.tag in ("", tag)
        and rule.classes <= {f".{one}" for one in classes}
        and rule.ids <= {f"#{one}" for one in ids}
    )


def _without_blocks(sheet: str) -> str:
    """Return a sheet without rules that hold for some media or conditions alone."""
    kept, depth, skipped, start = [], 0, False, 0
    for match in re.finditer(r"[{}]", sheet):
        if match[0] == "{":
            if depth == 0 and "@" in sheet[start : match.start()]:
                skipped = True
            depth += 1
        else:
            depth = max(depth - 1, 0)
            if depth == 0:
                kept.append("" if skipped else sheet[start : match.end()])
                skipped, start = False, match.end()
    return "".join(kept)

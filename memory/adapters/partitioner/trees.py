"""XML from untrusted files as a tree: no entities are resolved, no network, no DTD is loaded."""

from lxml import etree

from memory.adapters.partitioner.limits import Refusal, Refused


def tree(content: bytes) -> etree._Element:
    """Return the root of an XML document. Raises `Refused` for what is not well-formed."""
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True, remove_pis=True
    )
    try:
        return etree.fromstring(content, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise Refused(Refusal.CORRUPT) from error


def local(element: etree._Element) -> str:
    """Return the name of an element without its namespace; an entity that was left alone has none."""
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""

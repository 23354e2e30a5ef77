"""Which tokens name a principal: itself, the groups it is in, however nested, and everyone.

Enter the directory's memberships; leaves, for one principal, the set of tokens that permissions are matched against.
Groups may nest and may be cyclic. A domain (`local|domain|example.com`) is joined only by a membership that the
directory wrote, never by reading a name: an e-mail address is what its owner says about itself.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping

from memory.domain.identity import EVERYONE, EVERYONE_EXCEPT_GUESTS, Principal, PrincipalKind, PrincipalToken
from memory.domain.ports.catalogue import Membership

CALLERS = frozenset({PrincipalKind.USER, PrincipalKind.SERVICE})
CONTAINERS = frozenset({PrincipalKind.GROUP, PrincipalKind.DOMAIN})

GroupGraph = Mapping[PrincipalToken, frozenset[PrincipalToken]]
"""Member → the containers it is a direct member of."""


def group_graph(memberships: Iterable[Membership]) -> GroupGraph:
    """Return the graph of `memberships`.

    A row whose group is no group or domain is left out: belonging to a user or to everyone would hand out their name.
    """
    graph: defaultdict[PrincipalToken, set[PrincipalToken]] = defaultdict(set)
    for membership in memberships:
        if membership.group.kind in CONTAINERS:
            graph[membership.member].add(membership.group)
    return {member: frozenset(groups) for member, groups in graph.items()}


def tokens_of(principal: Principal, graph: GroupGraph) -> frozenset[PrincipalToken]:
    """Return every token that names `principal`; none at all if it is inactive or is no person or service."""
    if not principal.active or principal.token.kind not in CALLERS:
        return frozenset()
    reached = {principal.token, EVERYONE}
    if not principal.guest:
        reached.add(EVERYONE_EXCEPT_GUESTS)
    frontier = list(reached)
    while frontier:
        for group in graph.get(frontier.pop(), frozenset()) - reached:
            reached.add(group)
            frontier.append(group)
    return frozenset(reached)

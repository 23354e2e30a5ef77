"""Every error this product raises on purpose, as one tree.

MemoryFault
├── InvalidRequest            the caller asked something that cannot be understood
│   ├── UnknownPurpose        the purpose is not registered
│   └── FreshnessNotReached   the consistency token names an epoch that this deployment has not reached
├── NotAuthenticated          no valid token
├── NotPermitted              the token is valid, its roles do not cover the operation
├── NotFound                  missing and invisible, which look the same
├── Conflict                  the operation contradicts what is already recorded
│   └── IndexOwnedElsewhere   another process owns the embedded index
├── TooLarge                  the request exceeds a published limit
├── Unavailable               a part that an answer needs cannot be used: no data is released
│   ├── CatalogueUnavailable
│   ├── IndexUnavailable
│   ├── EncoderUnavailable
│   ├── PolicyUnavailable
│   └── AuditUnavailable
├── Misconfigured             the service refuses to start
│   ├── HomeMissing           there is no home at this place
│   └── InvalidPolicy         a policy, schema or rule file does not validate
├── Unreadable                a document that cannot be read; its message is the reason shown to people
└── SourceFailed              a source cannot be listed or read

The default message of an error is the first line of its docstring; a message ends with what to do next. Messages
never carry document text, queries or tokens.
"""


class MemoryFault(Exception):  # noqa: N818 - `MemoryError` is Python's
    """Something this product refuses or cannot do; its log says where."""

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or (type(self).__doc__ or "").strip().splitlines()[0])


class InvalidRequest(MemoryFault):
    """The request cannot be understood; compare it with the description in /openapi.json."""


class UnknownPurpose(InvalidRequest):
    """The purpose is not registered, or not open to you; an operator can change that in purposes.yaml."""


class FreshnessNotReached(InvalidRequest):
    """The token in at_least_as_fresh is ahead of this deployment; use a token that this deployment returned."""


class NotAuthenticated(MemoryFault):
    """A valid bearer token is required; ask an operator for one."""

    def __init__(self, message: str | None = None, *, reason: str = "") -> None:
        super().__init__(message)
        self.reason = reason  # for the log; the caller is never told why, and it never quotes the token


class NotPermitted(MemoryFault):
    """The token does not carry the right that this operation needs; ask an operator for it."""


class NotFound(MemoryFault):
    """There is nothing here that you may see; check the id, or ask the owner of what you look for."""


class Conflict(MemoryFault):
    """The request contradicts what is already recorded; look at what there is, and change the request."""


class IndexOwnedElsewhere(Conflict):
    """Another process owns the index of this home; stop it, or ask the running server instead."""


class TooLarge(MemoryFault):
    """The request is larger than this service accepts; send less at once."""


class Unavailable(MemoryFault):
    """The service cannot answer now; try again later."""


class CatalogueUnavailable(Unavailable):
    """The catalogue cannot be read or written; try again later."""


class IndexUnavailable(Unavailable):
    """The index cannot be searched or written; try again, or rebuild it with `memory reindex`."""


class EncoderUnavailable(Unavailable):
    """The encoder cannot be used; run `memory doctor`."""


class PolicyUnavailable(Unavailable):
    """The policy engine cannot decide; run `memory doctor`."""


class AuditUnavailable(Unavailable):
    """The audit log cannot be written, so nothing is released; try again later."""


class Misconfigured(MemoryFault):
    """The configuration is insecure or contradicts itself; `memory doctor` says where."""


class HomeMissing(Misconfigured):
    """There is no home here; make one with `memory init`."""


class InvalidPolicy(Misconfigured):
    """A policy does not validate; mend it and start again."""


class Unreadable(MemoryFault):
    """The document cannot be read; provide it in another format."""


class Unsupported(Unreadable):
    """The document is in a format that this deployment does not read; save it in another one."""


class SourceFailed(MemoryFault):
    """The source cannot be read; check its location and its permissions."""

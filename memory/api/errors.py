"""Errors to problem details (RFC 9457). Missing and invisible are the same 404, byte for byte."""

import json
import logging
from http import HTTPStatus

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from starlette.exceptions import HTTPException

from memory.api.logs import trace
from memory.domain import errors

log = logging.getLogger(__name__)

STATUS: dict[type[errors.MemoryFault], HTTPStatus] = {
    errors.InvalidRequest: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.UnknownPurpose: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.FreshnessNotReached: HTTPStatus.CONFLICT,
    errors.NotAuthenticated: HTTPStatus.UNAUTHORIZED,
    errors.NotPermitted: HTTPStatus.FORBIDDEN,
    errors.NotFound: HTTPStatus.NOT_FOUND,
    errors.Conflict: HTTPStatus.CONFLICT,
    errors.IndexOwnedElsewhere: HTTPStatus.SERVICE_UNAVAILABLE,
    errors.TooLarge: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    errors.Unavailable: HTTPStatus.SERVICE_UNAVAILABLE,
    errors.CatalogueUnavailable: HTTPStatus.SERVICE_UNAVAILABLE,
    errors.IndexUnavailable: HTTPStatus.SERVICE_UNAVAILABLE,
    errors.EncoderUnavailable: HTTPStatus.SERVICE_UNAVAILABLE,
    errors.PolicyUnavailable: HTTPStatus.SERVICE_UNAVAILABLE,
    errors.AuditUnavailable: HTTPStatus.SERVICE_UNAVAILABLE,
    errors.Misconfigured: HTTPStatus.INTERNAL_SERVER_ERROR,
    errors.HomeMissing: HTTPStatus.INTERNAL_SERVER_ERROR,
    errors.InvalidPolicy: HTTPStatus.INTERNAL_SERVER_ERROR,
    errors.Unreadable: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.Unsupported: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.SourceFailed: HTTPStatus.BAD_GATEWAY,
    errors.MemoryFault: HTTPStatus.INTERNAL_SERVER_ERROR,
}
"""Every class of `domain.errors` has its line here; a test fails for one that has none."""

INVALID = "The request is not valid; `errors` names each field and what is wrong with it. Mend these and send it again."

PLAIN = {
    HTTPStatus.NOT_FOUND: "There is no such operation; /openapi.json lists those there are.",
    HTTPStatus.METHOD_NOT_ALLOWED: "This path does not take this method; /openapi.json lists what it takes.",
}
"""What is said where no operation was reached, instead of the bare phrase of the status."""

UNEXPECTED = (
    "Something went wrong that should not have; the log of the service says what, with the time of this answer."
)


def problem(status: int, detail: str, **more: object) -> Response:
    """Return a problem document."""
    body = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": int(status), "detail": detail, **more}
    headers = {"WWW-Authenticate": "Bearer"} if status == HTTPStatus.UNAUTHORIZED else None
    return Response(json.dumps(body), status_code=status, media_type="application/problem+json", headers=headers)


def install(app: FastAPI) -> None:
    """Answer every error as a problem document; unexpected ones tell nothing of what happened."""

    @app.exception_handler(errors.MemoryFault)
    def fault(request: Request, error: errors.MemoryFault) -> Response:
        status = next(STATUS[kind] for kind in type(error).__mro__ if kind in STATUS)
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            log.error("%s %s: %s", request.method, _operation(request), trace(error))
        return problem(status, str(error))

    @app.exception_handler(RequestValidationError)
    def invalid(_: Request, error: RequestValidationError) -> Response:
        wrong = [{"field": ".".join(map(str, item["loc"])), "problem": item["msg"]} for item in error.errors()]
        return problem(HTTPStatus.UNPROCESSABLE_ENTITY, INVALID, errors=wrong)

    @app.exception_handler(HTTPException)
    def http(_: Request, error: HTTPException) -> Response:
        status = HTTPStatus(error.status_code)
        detail = PLAIN.get(status, status.phrase) if error.detail == status.phrase else str(error.detail)
        return problem(status, detail)

    @app.exception_handler(Exception)
    def unexpected(request: Request, error: Exception) -> Response:
        log.error("%s %s: unexpected %s", request.method, _operation(request), trace(error))
        return problem(HTTPStatus.INTERNAL_SERVER_ERROR, UNEXPECTED)


def _operation(request: Request) -> str:
    """Return the path of a request as the description has it: what a caller puts into a path is the caller's."""
    return getattr(request.scope.get("route"), "path", "an unknown path")

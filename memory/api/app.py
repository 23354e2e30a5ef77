"""The HTTP application: routes, errors, and limits that hold before any route runs."""

from importlib.metadata import version

from fastapi import FastAPI

from memory.api import errors
from memory.api.authentication import Authentication
from memory.api.limits import BodyLimit
from memory.api.routes import description, documents, health, push, receipts, retrieve, sources
from memory.wiring import Services

DESCRIPTION = "One governed memory that every AI system in a company retrieves from."


def create_app(services: Services) -> FastAPI:
    """Return the API over these services."""
    app = FastAPI(
        title="Enterprise Memory",
        version=version("enterprise-memory"),
        description=DESCRIPTION,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
    )
    app.state.services = services
    errors.install(app)
    for routes in (retrieve, documents, push, sources, receipts, health, description):
        app.include_router(routes.router)
    app.add_middleware(BodyLimit, limit=services.settings.max_body_bytes)
    app.add_middleware(Authentication, services=services)  # added last, so it comes first
    return app

"""The one place where a database's errors become ours.

PostgreSQL quotes values in the text of its errors (which key exists, what cannot be read as a number), and whatever is
logged of ours would show its cause. So only the class and the code of a cause are kept, never its words.
"""

from sqlalchemy import Dialect, Engine, event
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.exc import DBAPIError

from memory.domain.errors import CatalogueUnavailable, Conflict, InvalidRequest, MemoryFault

UNFIT = "A value is out of range, or holds a character that the catalogue cannot keep; mend it and ask again."


def translating(engine: Engine) -> Engine:
    """Return the engine, whose errors are ours from now on."""
    event.listen(engine, "handle_error", translate)
    return engine


def translate(context: ExceptionContext) -> None:
    """Raise ours for a database's error. What is not the database's (a wrong type, say) is a mistake of the caller."""
    if context.is_pre_ping:
        return  # a dead connection of the pool, about to be replaced
    if isinstance(context.sqlalchemy_exception, DBAPIError) and context.dialect is not None:
        raise fault(context.original_exception, context.dialect) from context.original_exception


def fault(error: BaseException, dialect: Dialect) -> MemoryFault:
    """Return what an error of the driver is to us, and silence it."""
    driver = dialect.loaded_dbapi
    code = getattr(error, "sqlstate", None)
    if dialect.name == "postgresql":
        error.args = (f"SQLSTATE {code}",)
    if isinstance(error, driver.IntegrityError):
        return Conflict()
    if isinstance(error, driver.DataError):
        return InvalidRequest(UNFIT)
    return CatalogueUnavailable()

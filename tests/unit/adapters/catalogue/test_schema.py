from alembic.script import ScriptDirectory

from memory.adapters.catalogue import schema


def test_the_head_known_without_alembic_is_the_newest_script() -> None:
    assert ScriptDirectory.from_config(schema._config()).get_current_head() == schema.HEAD

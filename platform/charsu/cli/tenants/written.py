"""Files a command writes: there whole and private, or not at all."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import click


@contextmanager
def written_file(path: Path) -> Iterator[IO[bytes]]:
    """A new file that only its owner may read, which takes its name when the block ends well.

    Raises: click.FileError, where it can not be made.
    """
    if not os.access(path.parent, os.W_OK | os.X_OK):
        raise click.FileError(str(path), hint="no file can be made there")
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}-", delete=False) as stream:
        draft = Path(stream.name)
        try:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
            draft.replace(path)
        except BaseException:
            draft.unlink(missing_ok=True)
            raise

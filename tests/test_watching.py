"""`charsu up --watch` sees what an author changed, once and when it has settled."""

from pathlib import Path

import pytest

from charsu.server import watching
from charsu.server.watching import Watch, watch_code


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(watching, "LOOK_SECONDS", 0.0)
    (tmp_path / "package").mkdir()
    (tmp_path / "installed").mkdir()
    (tmp_path / "package" / "plugin.py").write_text("a = 1\n")
    return tmp_path


def seen(watch: Watch) -> list[Path | None]:
    """What three looks tell: a change, whether it settled, and that it is told once."""
    return [watch.changed() for _ in range(3)]


@pytest.mark.parametrize("name", ["plugin.py", "page.html", "deeper/messages.po"])
def test_a_change_is_told_once_when_it_has_settled(folder: Path, name: str) -> None:
    watch = Watch([folder / "package"], folder / "installed")
    file = folder / "package" / name
    file.parent.mkdir(exist_ok=True)
    file.write_text("b = 22\n")

    assert seen(watch) == [None, file, None]
    file.unlink()
    assert seen(watch) == [None, file, None]


def test_a_distribution_that_comes_is_told(folder: Path) -> None:
    watch = Watch([folder / "package"], folder / "installed")
    (folder / "installed" / "new.dist-info").mkdir()

    assert seen(watch) == [None, folder / "installed", None]


def test_what_no_process_keeps_is_not_told(folder: Path) -> None:
    watch = Watch([folder / "package"], folder / "installed")
    (folder / "package" / "__pycache__").mkdir()
    (folder / "package" / "__pycache__" / "plugin.py").write_text("c")
    (folder / "package" / "week.js").write_text("c")

    assert seen(watch) == [None, None, None]


def test_code_that_is_edited_in_place_is_watched() -> None:
    assert Path(watching.__file__) in watch_code()._seen

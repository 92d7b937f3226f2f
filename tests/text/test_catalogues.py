from pathlib import Path

from charsu.text.catalogues import find_conflicts, find_faults, main, update_catalogues


def plugin(folder: Path, code: str) -> Path:
    folder.mkdir(parents=True)
    (folder / "texts.py").write_text(f"from charsu.text.i18n import _, ngettext\n{code}\n", encoding="utf-8")
    update_catalogues(folder)
    return folder


def translate(folder: Path, message: str, string: str) -> None:
    path = folder / "locale/fa/LC_MESSAGES/messages.po"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace(f'msgid "{message}"\nmsgstr ""', f'msgid "{message}"\nmsgstr "{string}"'))


def test_the_house_speaks_both_languages():
    assert main(["check"]) == 0


def test_a_missing_translation_is_a_fault_until_it_is_there(tmp_path):
    folder = plugin(tmp_path / "one", '_("Shelf")')

    assert list(find_faults("one", folder)) == ["one fa: 'Shelf' is not translated"]
    translate(folder, "Shelf", "قفسه")
    assert list(find_faults("one", folder)) == []


def test_left_over_entries_and_lost_placeholders_are_faults(tmp_path):
    folder = plugin(tmp_path / "one", '_("Shelf %(number)s")')
    translate(folder, "Shelf %(number)s", "قفسهٔ %(count)s")
    (folder / "texts.py").write_text('_("Shelf %(number)s")\n_("Box")\n')

    faults = list(find_faults("one", folder))

    assert any("unknown named placeholder" in fault or "placeholder" in fault for fault in faults)
    assert "one fa: 'Box' is missing" in faults
    (folder / "texts.py").write_text("")
    assert "one fa: 'Shelf %(number)s' is used nowhere" in list(find_faults("one", folder))


def test_numbers_by_percent_d_are_refused(tmp_path):
    folder = plugin(tmp_path / "one", 'ngettext("%(num)d box", "%(num)d boxes", 2)')

    assert any("use %s" in fault for fault in find_faults("one", folder))


def test_an_update_keeps_translations_and_drops_what_is_gone(tmp_path):
    folder = plugin(tmp_path / "one", '_("Shelf")\n_("Box")')
    translate(folder, "Shelf", "قفسه")
    (folder / "texts.py").write_text('_("Shelf")\n_("Lid")')

    update_catalogues(folder)

    text = (folder / "locale/fa/LC_MESSAGES/messages.po").read_text(encoding="utf-8")
    assert 'msgstr "قفسه"' in text
    assert "Lid" in text
    assert "Box" not in text


def test_two_packages_may_not_translate_one_message_differently(tmp_path):
    one, two = plugin(tmp_path / "one", '_("Shelf")'), plugin(tmp_path / "two", '_("Shelf")')
    translate(one, "Shelf", "قفسه")
    translate(two, "Shelf", "رف")

    assert len(find_conflicts({"one": one, "two": two})) == 1

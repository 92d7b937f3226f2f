"""The menus of a list: every field once, everything escaped."""

from charsu.records.fields import TextField
from charsu.records.list_menus import choice_options, column_boxes, filter_links

HOSTILE = '<b>"&'
FIELDS = [TextField(name="title", title="Name"), TextField(name="note", title=HOSTILE)]


def test_each_field_leads_to_the_form_of_its_filter():
    assert filter_links(FIELDS, "/a") == (
        '<a href="/a?add=title">Name</a><a href="/a?add=note">&lt;b&gt;&#34;&amp;</a>'
    )
    assert 'href="/a?x=1&amp;add=note"' in filter_links(FIELDS, "/a?x=1")


def test_the_title_can_not_be_taken_out_of_the_columns():
    html = column_boxes(FIELDS, {"note"}, "title")

    assert '<input type="hidden" name="columns" value="title">' in html
    assert 'value="note" checked><span>&lt;b&gt;&#34;&amp;</span>' in html
    assert " checked" not in column_boxes(FIELDS, set(), "title")


def test_the_chosen_option_is_selected():
    html = choice_options([("a", HOSTILE), (HOSTILE, "B")], HOSTILE)

    assert html == (
        '<option value="a">&lt;b&gt;&#34;&amp;</option>'
        '<option value="&lt;b&gt;&#34;&amp;" selected>B</option>'
    )

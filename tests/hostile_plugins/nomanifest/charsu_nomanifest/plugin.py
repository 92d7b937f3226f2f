"""Has no manifest."""

title = "no manifest"

"""What repeats as a first day and a rule, and what becomes of both when days of it change (decision 0024).

All of it is counted in days of the calendar on the wall: no clock, no zone. The first day always counts,
whether the rule falls on it or not, as a calendar shows what repeats on its own day first.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta

from charsu.errors import RuleViolated
from charsu.schedule.recurrence import (
    HORIZON,
    LAST,
    MAX_COUNT,
    MAX_WITHOUT,
    Recurrence,
    next_after,
    occurrences,
    period_days,
    period_of,
    ruled_days,
)
from charsu.text.calendar import days_in_month, split_date
from charsu.text.i18n import _

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Series:
    """The days of something that repeats; every change answers a new one."""

    start: date
    rule: Recurrence

    def days(self, *, after: date | None = None) -> Iterator[date]:
        """Its days in order: the first one, then those of the rule; all later than `after`."""
        if after is None or after < self.start:
            yield self.start
        yield from occurrences(self.start, self.rule, after=max(after or self.start, self.start))

    def has(self, day: date) -> bool:
        """Whether it falls on the day."""
        return day >= self.start and next(self.days(after=day - ONE_DAY), None) == day

    def next_after(self, day: date) -> date | None:
        """Its first day later than this one."""
        return next(self.days(after=day), None)

    def begun_at(self, day: date) -> "Series":
        """The rest of it from `day` on: the day of the month and the count go on as they were.

        What it is without ahead of a day that is passed over is forgotten: it can't begin there again.
        """
        passed = list(_until(self.days(), day - ONE_DAY))
        kept = tuple(one for one in self.rule.without if not passed or one > passed[-1])
        return _gone_on(Series(self.start, replace(self.rule, without=kept)), day)

    def ended_before(self, day: date) -> "Series":
        """What of it lies before `day`, which is later than its first."""
        last = min(day - ONE_DAY, self.rule.until or HORIZON)
        kept = tuple(one for one in self.rule.without if one < day)
        return replace(self, rule=replace(self.rule, until=last, count=None, without=kept))

    def skipped(self, day: date) -> "Series":
        """Without this day. Of its first day: it goes on with the next.

        Raises: RuleViolated where no other day is left, or too many are left out already.
        """
        rule = replace(self.rule, without=_with_room({*self.rule.without, day}, self.start))
        if day != self.start:
            return replace(self, rule=rule)
        coming = next_after(self.start, rule, day)
        if coming is None:
            raise RuleViolated(_("No other day of the rule is left. Delete the entry instead."), field="day")
        return _gone_on(Series(self.start, rule), coming)

    def brought_back(self, day: date) -> "Series":
        """With a day it was without; one before its first day becomes the first. Raises: RuleViolated."""
        if day not in self.rule.without:
            raise RuleViolated(_("The rule does not leave this day out."), field="day")
        rule = replace(self.rule, without=tuple(one for one in self.rule.without if one != day))
        if day > self.start:
            return replace(self, rule=rule)
        rule = anchored(rule, self.start)
        if rule.count is not None:
            endless = replace(rule, count=None)
            more = sum(1 for _one in _until(ruled_days(day, endless), self.start - ONE_DAY))
            rule = replace(rule, count=min(MAX_COUNT, rule.count + more))
        return Series(day, rule)

    def moved(self, day: date, to: date) -> "Series":
        """All of it as far away as its `day` is when it moves to `to`.

        Weekdays go round by as many; in months the day of the month changes, or which weekday of it. An end
        moves along. Days that are left out stay the days they were, by their place in the order.
        """
        if day == to:
            return self
        rule = anchored(self.rule, self.start)
        shifted = _shifted(rule, day, to)
        whole = Series(self._moved_start(rule, shifted, day, to), shifted)
        places = _places(Series(self.start, rule), whole, rule.without)
        return _loosened(replace(whole, rule=replace(shifted, without=tuple(places.values()))), self.rule)

    def places_in(self, other: "Series", days: Collection[date]) -> Mapping[date, date]:
        """Days of this one by the day in the same place of `other`; those that have none are left out."""
        return _places(self, other, days)

    def _moved_start(self, rule: Recurrence, shifted: Recurrence, day: date, to: date) -> date:
        if self.start == day:
            return to
        if rule.frequency in ("monthly", "yearly") and self.start in period_days(
            self.start, self.start, rule
        ):
            months = period_of(to, rule) - period_of(day, rule)
            found = period_days(self.start, to, shifted, later=months)
            if found:
                return found[0]
        return self.start + (to - day)


def _gone_on(series: Series, day: date) -> Series:
    rule = anchored(series.rule, series.start)
    if rule.count is not None:
        gone = sum(1 for _one in _until(ruled_days(series.start, rule), day - ONE_DAY))
        rule = replace(rule, count=max(1, rule.count - gone))
    return _loosened(Series(day, rule), series.rule)


def anchored(rule: Recurrence, start: date) -> Recurrence:
    """The rule with the day of the month it begins on, so that a short month does not move it for good."""
    if rule.frequency not in ("monthly", "yearly") or rule.nth is not None:
        is_without_month = rule.frequency == "yearly" and rule.month is None
        return replace(rule, month=split_date(start, rule.calendar)[1]) if is_without_month else rule
    _year, month, number = split_date(start, rule.calendar)
    return replace(
        rule,
        month_day=rule.month_day or number,
        month=(rule.month or month) if rule.frequency == "yearly" else None,
    )


def _loosened(series: Series, before: Recurrence) -> Series:
    """Without the day and month its own first day gives, where the rule did not name them before either."""
    _year, month, number = split_date(series.start, series.rule.calendar)
    rule = series.rule
    if before.month_day is None and rule.month_day == number:
        rule = replace(rule, month_day=None)
    if before.month is None and rule.month == month:
        rule = replace(rule, month=None)
    return replace(series, rule=rule)


def _shifted(rule: Recurrence, day: date, to: date) -> Recurrence:
    """The rule that falls on `to` where it fell on `day`; days left out are not looked at."""
    by = to - day
    until = None if rule.until is None else min(HORIZON, min(HORIZON, rule.until) + by)
    rule = replace(rule, until=until, without=())
    if rule.frequency == "weekly":
        return replace(rule, weekdays=tuple((one + by.days) % 7 for one in rule.weekdays))
    if rule.frequency == "daily":
        return rule
    year, month, number = split_date(to, rule.calendar)
    length = days_in_month(year, month, rule.calendar)
    if rule.frequency == "yearly":
        rule = replace(rule, month=month)
    if rule.nth is not None:
        nth = LAST if rule.nth == LAST and number + 7 > length else (number - 1) // 7 + 1
        return replace(rule, nth=nth, weekdays=(to.weekday(),))
    return replace(rule, month_day=LAST if rule.month_day == LAST and number == length else number)


def _places(old: Series, new: Series, days: Collection[date]) -> dict[date, date]:
    wanted = set(days)
    if not wanted:
        return {}
    both = zip(_ruled(old, max(wanted)), _ruled(new, HORIZON), strict=False)
    return {before: after for before, after in both if before in wanted}


def _ruled(series: Series, last: date) -> Iterator[date]:
    """The days of its rule, with those it is without, up to `last`."""
    rule = replace(series.rule, count=None, until=None)
    return _until(ruled_days(series.start, rule), last)


def _until(days: Iterator[date], last: date) -> Iterator[date]:
    for day in days:
        if day > last:
            return
        yield day


def _with_room(days: Collection[date], start: date) -> tuple[date, ...]:
    """As many as a rule may be without: those that are over go first, the oldest ahead."""
    kept = sorted(days)
    while len(kept) > MAX_WITHOUT and kept[0] < start:
        kept.pop(0)
    if len(kept) > MAX_WITHOUT:
        raise RuleViolated(_("A rule can be without %(most)s days at most.", most=MAX_WITHOUT), field="day")
    return tuple(kept)

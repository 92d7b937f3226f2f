"""The points ledger in plain Python: what the state machine compares the real one with."""

import datetime as dt
import itertools
import uuid
from dataclasses import dataclass, field

FAR = dt.date.max
_orders = itertools.count()


@dataclass
class ModelLot:
    """Points of one purchase."""

    purchase_id: uuid.UUID
    order: int
    points: int
    remaining: int
    earned_at: dt.datetime
    expires_on: dt.date | None
    #: (amount, step, points a step) as it was when earned.
    rule: tuple[int, int, int]
    reversed: int = 0
    expired: int = 0

    def is_live(self, today: dt.date) -> bool:
        return self.expires_on is None or self.expires_on >= today


@dataclass
class ModelMember:
    """One member: lots and the sum of everything that ever happened."""

    lots: dict[uuid.UUID, ModelLot] = field(default_factory=dict)
    refunded: dict[uuid.UUID, int] = field(default_factory=dict)
    told: set[uuid.UUID] = field(default_factory=set)
    used_keys: dict[str, int] = field(default_factory=dict)
    #: Everybody whose points are spent as one, this member too; empty: alone.
    together: list["ModelMember"] = field(default_factory=list)
    earned: int = 0
    redeemed: int = 0
    reversed: int = 0
    expired: int = 0
    shortfall: int = 0

    @property
    def balance(self) -> int:
        return sum(lot.remaining for lot in self.lots.values())

    @property
    def group(self) -> list["ModelMember"]:
        return self.together or [self]

    def available(self, today: dt.date) -> int:
        lots = [lot for member in self.group for lot in member.lots.values()]
        return sum(lot.remaining for lot in lots if lot.is_live(today))

    def earn(
        self,
        purchase_id: uuid.UUID,
        rule: tuple[int, int, int],
        earned_at: dt.datetime,
        expires_on: dt.date | None,
        today: dt.date,
    ) -> None:
        if purchase_id in self.told:
            return
        self.told.add(purchase_id)
        amount, step, per_step = rule
        points = amount // step * per_step
        if points == 0:
            return
        self.lots[purchase_id] = ModelLot(
            purchase_id, next(_orders), points, points, earned_at, expires_on, rule
        )
        self.earned += points
        self.settle(purchase_id, today)

    def refund(self, purchase_id: uuid.UUID, refunded: int, today: dt.date) -> None:
        self.refunded[purchase_id] = max(refunded, self.refunded.get(purchase_id, 0))
        self.settle(purchase_id, today)

    def settle(self, purchase_id: uuid.UUID, today: dt.date) -> None:
        own = self.lots.get(purchase_id)
        if own is None:
            return
        amount, step, per_step = own.rule
        due = max(amount - self.refunded.get(purchase_id, 0), 0) // step * per_step
        wanted = own.points - due - own.reversed - own.expired
        if wanted <= 0:
            return
        own.reversed += wanted
        taken = self.take(wanted, today, "reversed", first=own)
        self.shortfall += wanted - taken

    def redeem(self, points: int, today: dt.date) -> bool:
        if self.available(today) < points:
            return False
        self.take(points, today, "redeemed")
        return True

    def expire(self, today: dt.date) -> int:
        taken = 0
        for lot in self.lots.values():
            if not lot.is_live(today) and lot.remaining:
                taken += lot.remaining
                lot.expired += lot.remaining
                lot.remaining = 0
        self.expired += taken
        return taken

    def take(self, points: int, today: dt.date, total: str, first: ModelLot | None = None) -> int:
        """Nearest expiry first, then oldest, those that never expire last; `first` before all.

        Over everybody who is one with this member; each counts in `total` what came from her own lots.
        """
        lots = sorted(
            (
                (lot, member)
                for member in self.group
                for lot in member.lots.values()
                if lot is first or lot.is_live(today)
            ),
            key=lambda pair: (
                pair[0] is not first,
                pair[0].expires_on or FAR,
                pair[0].earned_at,
                pair[0].order,
            ),
        )
        left = points
        for lot, member in lots:
            step = min(left, lot.remaining)
            lot.remaining -= step
            left -= step
            setattr(member, total, getattr(member, total) + step)
        return points - left

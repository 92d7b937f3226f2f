"""The pages of the club under `/loyalty`: parse, call one service or query, answer."""

from charsu_loyalty.views import give, ledger, members, redeem, rule
from charsu_loyalty.views.blueprint import loyalty

__all__ = ["give", "ledger", "loyalty", "members", "redeem", "rule"]

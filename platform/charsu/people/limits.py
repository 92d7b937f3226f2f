"""Rate limits of the doors: how often a password, a sign-up or a mail may be tried.

Counters live in Valkey and are shared by all processes. When Valkey is away each process counts for itself:
still limited, and nobody is locked out by the outage.
"""

import ipaddress
import time
from dataclasses import dataclass
from functools import cache

from limits import RateLimitItem, parse
from limits.storage import MemoryStorage, RedisStorage
from limits.strategies import SlidingWindowCounterRateLimiter
from redis.exceptions import RedisError

from charsu.errors import TooManyRequests
from charsu.process import runtime
from charsu.text.i18n import _

#: Tries of one account from one network: a typing error is human, a hundred are not.
PER_ACCOUNT_AND_NETWORK = parse("10 per 15 minutes")
#: Tries of one account from anywhere. High, so that nobody can lock the owner out by guessing.
PER_ACCOUNT = parse("200 per hour")
#: Failures from one network, over all accounts.
PER_NETWORK = parse("100 per 15 minutes")
SIGN_UPS_PER_NETWORK = parse("20 per hour")
MAILS_PER_ACCOUNT = parse("3 per 15 minutes")
MAILS_PER_NETWORK = parse("30 per hour")
LINKS_PER_NETWORK = parse("60 per 15 minutes")


@dataclass(frozen=True, slots=True)
class Rule:
    """One counter: at most `item` hits on `name` by `who`."""

    item: RateLimitItem
    name: str
    who: tuple[str, ...]


def login_rules(email: str, ip: str | None) -> list[Rule]:
    """Return the counters that a password try of this account from this address falls under."""
    network = network_of(ip)
    rules = [
        Rule(PER_ACCOUNT_AND_NETWORK, "login.account-network", (email, network or "local")),
        Rule(PER_ACCOUNT, "login.account", (email,)),
    ]
    return rules + network_rules(PER_NETWORK, "login.network", ip)


def network_rules(item: RateLimitItem, name: str, ip: str | None) -> list[Rule]:
    """Return the counter of a network, or none for loopback.

    Loopback is either this very machine or a proxy in front of everybody: one counter for all would be a
    weapon.
    """
    network = network_of(ip)
    return [] if network is None else [Rule(item, name, (network,))]


def hit(rules: list[Rule]) -> None:
    """Count one try against every rule. Raises: TooManyRequests when one of them was full already."""
    for rule in rules:
        if not _hit(rule):
            raise TooManyRequests(
                _("Too many tries. Please wait a few minutes and try again."), retry_after=_retry_after(rule)
            )


def forget(rules: list[Rule]) -> None:
    """Clear counters after a success, so that a person who logs in often is never limited.

    Those of a whole network stay: one good login must not buy a network new tries at other accounts.
    """
    for rule in rules:
        if rule.name.endswith(".network"):
            continue
        for limiter in _limiters():
            try:
                limiter.clear(rule.item, rule.name, *rule.who)
            except RedisError:
                continue


def network_of(ip: str | None) -> str | None:
    """Return the network that counts as one visitor: an IPv4 address, an IPv6 /64; `None` for loopback."""
    if ip is None:
        return None
    try:
        address = ipaddress.ip_address(ip)
    except ValueError:
        return "unknown"
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    if address.is_loopback:
        return None
    if address.version == 4:
        return str(address)
    return str(ipaddress.ip_network(f"{address}/64", strict=False))


def _hit(rule: Rule) -> bool:
    shared, own = _limiters()
    try:
        return shared.hit(rule.item, rule.name, *rule.who)
    except RedisError:
        return own.hit(rule.item, rule.name, *rule.who)


def _retry_after(rule: Rule) -> int:
    for limiter in _limiters():
        try:
            stats = limiter.get_window_stats(rule.item, rule.name, *rule.who)
        except RedisError:
            continue
        return max(1, int(stats.reset_time - time.time()) + 1)
    return 60


def _limiters() -> tuple[SlidingWindowCounterRateLimiter, SlidingWindowCounterRateLimiter]:
    return _shared_limiter(runtime().settings.redis_url), _own_limiter()


@cache
def _shared_limiter(redis_url: str) -> SlidingWindowCounterRateLimiter:
    # `limits` names a socket redis+unix://, the redis client itself unix://.
    storage = RedisStorage(
        redis_url.replace("unix://", "redis+unix://", 1), socket_timeout=0.5, socket_connect_timeout=0.5
    )
    return SlidingWindowCounterRateLimiter(storage)


@cache
def _own_limiter() -> SlidingWindowCounterRateLimiter:
    return SlidingWindowCounterRateLimiter(MemoryStorage())

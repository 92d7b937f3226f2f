import time
from concurrent.futures import ThreadPoolExecutor
from statistics import median

import pytest
from tests.people.conftest import PASSWORD, VISITOR

from charsu.errors import DomainError, NotFound, PermissionDenied, RuleViolated, TooManyRequests
from charsu.people.limits import network_of
from charsu.people.login import arrival_url, arrive, choose_business, log_in, log_in_on_site, log_out
from charsu.people.visitors import Visitor
from charsu_tenants.registry import suspend_tenant


def refusal(tenant, email, password):
    with pytest.raises(DomainError) as caught:
        log_in(tenant, email=email, password=password, visitor=VISITOR)
    return type(caught.value), caught.value.code, caught.value.message, caught.value.field


def test_login_opens_a_session_with_a_new_token_each_time(crew, tenant, audit):
    email = crew.join(tenant)

    tokens = {crew.log_in(tenant, email).token for _ in range(3)}

    assert len(tokens) == 3
    assert all(crew.at_door(tenant, session=token).person.email == email for token in tokens)
    assert audit()[-3:] == ["session.opened"] * 3


def test_address_is_folded(crew, tenant):
    email = crew.join(tenant)

    assert crew.log_in(tenant, f"  {email.upper()} ").token
    assert crew.log_in(tenant, email.replace("c", "ｃ", 1)).token


def test_every_wrong_login_gets_the_same_answer(crew, tenant, other_tenant, runtime):
    email = crew.join(tenant)
    stranger = crew.join(other_tenant)
    disabled = crew.join(tenant)
    with runtime.database.control() as conn:
        conn.execute("UPDATE control.app_user SET disabled_at = now() WHERE email = %s", [disabled])

    answers = {
        refusal(tenant, email, "wrong password"),
        refusal(tenant, "nobody@example.com", PASSWORD),
        refusal(tenant, stranger, PASSWORD),
        refusal(tenant, disabled, PASSWORD),
        refusal(tenant, "", ""),
        refusal(tenant, "no address", "\x00\ud800" * 50),
    }

    assert len(answers) == 1
    assert answers.pop()[:2] == (RuleViolated, "wrong_login")


def test_wrong_logins_take_the_same_time(crew, tenant):
    email = crew.join(tenant)
    times = {email: [], "nobody@example.com": []}

    for number in range(60):
        for address, found in times.items():
            start = time.perf_counter()
            with pytest.raises(DomainError):
                # Another network each time: the limit is not what is measured.
                log_in(tenant, email=address, password="wrong", visitor=Visitor(f"198.51.{number}.1"))
            found.append(time.perf_counter() - start)

    known, unknown = (median(found) for found in times.values())
    assert abs(known - unknown) < 0.5 * max(known, unknown)


def test_login_to_a_suspended_business_is_refused(crew, tenant, runtime):
    email = crew.join(tenant)
    suspended = suspend_tenant(runtime.database, tenant.id)

    with pytest.raises(PermissionDenied):
        crew.log_in(suspended, email)


def test_logout_ends_the_session_and_may_be_repeated(crew, tenant):
    session = crew.log_in(tenant, crew.join(tenant))

    log_out(tenant, token=session.token)
    log_out(tenant, token=session.token)

    assert crew.at_door(tenant, session=session.token).person is None


def test_guessing_is_stopped_for_the_network_and_the_owner_gets_in_from_hers(crew, tenant):
    email = crew.join(tenant)

    for _ in range(10):
        refusal(tenant, email, "wrong")
    assert refusal(tenant, email, "wrong")[0] is TooManyRequests
    assert refusal(tenant, email, PASSWORD)[0] is TooManyRequests

    assert log_in(tenant, email=email, password=PASSWORD, visitor=Visitor("192.0.2.9")).token


def test_parallel_guesses_count_each(crew, tenant):
    email = crew.join(tenant)

    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda _: refusal(tenant, email, "wrong")[0], range(30)))

    assert answers.count(RuleViolated) <= 10
    assert answers.count(TooManyRequests) >= 20


def test_one_network_can_not_try_many_accounts(crew, tenant):
    answers = [refusal(tenant, f"nobody{number}@example.com", "wrong")[0] for number in range(110)]

    assert answers.count(RuleViolated) == 100


def test_a_good_login_buys_its_network_no_new_tries_at_other_accounts(crew, tenant):
    email = crew.join(tenant)
    for number in range(60):
        refusal(tenant, f"nobody{number}@example.com", "wrong")
    crew.log_in(tenant, email)

    answers = [refusal(tenant, f"nobody{number}@example.com", "wrong")[0] for number in range(60, 120)]

    assert answers.count(RuleViolated) < 60


def test_a_person_who_logs_in_often_is_never_limited(crew, tenant):
    email = crew.join(tenant)

    assert all(crew.log_in(tenant, email).token for _ in range(25))


def test_limits_hold_without_valkey(crew, tenant, runtime, without_valkey):
    email = crew.join(tenant)
    with without_valkey():
        for _ in range(10):
            refusal(tenant, email, "wrong")

        assert refusal(tenant, email, "wrong")[0] is TooManyRequests
        assert log_in(tenant, email=email, password=PASSWORD, visitor=Visitor("192.0.2.10")).token


@pytest.mark.parametrize(
    ("ip", "network"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("127.0.0.1", None),
        ("::1", None),
        (None, None),
        ("nonsense", "unknown"),
    ],
)
def test_an_ipv6_network_counts_as_one_visitor(ip, network):
    assert network_of(ip) == network


def test_site_login_lists_her_businesses_and_leads_into_the_chosen_one(crew, tenant, other_tenant):
    email = crew.join(tenant)
    crew.join(other_tenant, email=email)

    found = log_in_on_site(email=email, password=PASSWORD, visitor=VISITOR)
    url = choose_business(found.chooser, other_tenant.slug)
    session = arrive(other_tenant, ticket=url.partition("ticket=")[2], visitor=VISITOR)

    assert {one.slug for one in found.businesses} == {tenant.slug, other_tenant.slug}
    assert url.startswith(f"http://{other_tenant.slug}.charsu.localhost:8000/arrive?ticket=")
    assert crew.at_door(other_tenant, session=session.token).person.email == email


def test_a_business_that_is_not_hers_can_not_be_chosen(crew, tenant, other_tenant):
    found = log_in_on_site(email=crew.join(tenant), password=PASSWORD, visitor=VISITOR)

    with pytest.raises(NotFound):
        choose_business(found.chooser, other_tenant.slug)


def test_wrong_site_logins_get_the_same_answer(crew, tenant):
    email, answers = crew.join(tenant), set()

    for address, password in ((email, "wrong"), ("nobody@example.com", PASSWORD)):
        with pytest.raises(RuleViolated) as caught:
            log_in_on_site(email=address, password=password, visitor=VISITOR)
        answers.add((caught.value.code, caught.value.message))

    assert len(answers) == 1


def ticket_of(runtime, crew, tenant):
    user_id = crew.person(tenant).user_id
    with runtime.database.control() as conn:
        return arrival_url(conn, user_id=user_id, tenant_id=tenant.id, slug=tenant.slug).partition("ticket=")[
            2
        ]


def test_an_arrival_ticket_works_once_of_ten_at_once(crew, tenant, runtime):
    ticket = ticket_of(runtime, crew, tenant)

    def use(_):
        try:
            return arrive(tenant, ticket=ticket, visitor=VISITOR).token
        except NotFound:
            return None

    with ThreadPoolExecutor(10) as pool:
        winners = [token for token in pool.map(use, range(10)) if token]

    assert len(winners) == 1
    assert crew.at_door(tenant, session=winners[0]).person


def test_an_arrival_ticket_dies_after_a_minute(crew, tenant, runtime):
    ticket = ticket_of(runtime, crew, tenant)
    with runtime.database.control() as conn:
        found = conn.execute(
            "SELECT extract(epoch FROM expires_at - now())::int AS life FROM control.one_time"
        )
        assert found.fetchone()["life"] <= 60
        conn.execute("UPDATE control.one_time SET expires_at = now()")

    with pytest.raises(NotFound):
        arrive(tenant, ticket=ticket, visitor=VISITOR)


def test_an_arrival_ticket_is_worthless_on_another_host(crew, tenant, other_tenant, runtime):
    ticket = ticket_of(runtime, crew, tenant)

    with pytest.raises(NotFound):
        arrive(other_tenant, ticket=ticket, visitor=VISITOR)

    assert arrive(tenant, ticket=ticket, visitor=VISITOR).token


def test_a_chooser_is_no_arrival_ticket(crew, tenant):
    found = log_in_on_site(email=crew.join(tenant), password=PASSWORD, visitor=VISITOR)

    with pytest.raises(NotFound):
        arrive(tenant, ticket=found.chooser, visitor=VISITOR)

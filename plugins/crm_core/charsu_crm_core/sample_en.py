"""The sample in English: customers of a clothing shop."""

import datetime as dt

from charsu_crm_core.sample_kinds import SampleArticle, SampleCustomer

REFUND_REASON = "Did not fit"

CUSTOMERS = (
    SampleCustomer(
        "Olivia Bennett",
        "olivia.bennett",
        ("loyal", "instagram"),
        dt.date(1990, 3, 21),
        note="Prefers warm colours.",
    ),
    SampleCustomer("James Carter", "james.carter", ("loyal",), dt.date(1984, 11, 2)),
    SampleCustomer("Amelia Hughes", "amelia.hughes", ("instagram",), dt.date(1995, 7, 14)),
    SampleCustomer(
        "Harbour Street Clothing",
        "harbour.street",
        ("wholesale", "Bristol"),
        kind="company",
        note="Pays at the end of the month.",
    ),
    SampleCustomer("Thomas Reed", "t.reed", ("in store",), dt.date(1979, 1, 30)),
    SampleCustomer("Sophie Turner-Cole", "sophie.tc", ("loyal", "in store"), dt.date(1988, 5, 9)),
    SampleCustomer("Daniel Okafor", "", ("student",), dt.date(2002, 9, 23)),
    SampleCustomer("Grace Sullivan", "grace.sullivan", ("instagram", "recommends us"), dt.date(1993, 12, 1)),
    SampleCustomer("Northgate Trading Ltd", "info.northgate", ("wholesale", "Leeds"), kind="company"),
    SampleCustomer("Henry Walsh", "henry.walsh", (), dt.date(1986, 4, 17)),
    SampleCustomer(
        "Isla Morgan", "isla.morgan", ("loyal",), dt.date(1991, 8, 28), note="Call in the afternoon only."
    ),
    SampleCustomer("Leo Fischer", "", ("student", "likes discounts"), dt.date(2000, 2, 11)),
    SampleCustomer("Emily Novak", "emily.novak", ("instagram",), dt.date(1989, 10, 5)),
    SampleCustomer("Samuel Price", "samuel.price", ("in store",)),
    SampleCustomer("Charlotte Webb", "charlotte.webb", ("recommends us",), dt.date(1982, 6, 19)),
    SampleCustomer("Boutique Marigold", "marigold", ("wholesale", "Bath"), kind="company"),
    SampleCustomer("George Ellis", "", (), dt.date(1975, 3, 3)),
    SampleCustomer("Freya Lindqvist", "freya.l", ("loyal", "birthday soon"), dt.date(1997, 12, 12)),
    SampleCustomer("Noah Patel", "noah.patel", ("instagram",), dt.date(1998, 1, 8)),
    SampleCustomer("Hannah Brooks", "hannah.brooks", (), dt.date(1987, 9, 15)),
    SampleCustomer("Walter Simmons", "", ("in store",), dt.date(1970, 7, 27)),
    SampleCustomer("Ava Romano", "ava.romano", ("instagram", "loyal"), dt.date(1996, 5, 31)),
    SampleCustomer("Golden Thread Mills", "sales.goldenthread", ("supplier", "Bradford"), kind="company"),
    SampleCustomer("Peter Lang", "peter.lang", (), dt.date(1981, 2, 20)),
    SampleCustomer("Zoe Marchetti", "zoe.marchetti", ("recommends us",), dt.date(1994, 11, 18)),
    SampleCustomer("Simon Frost", "", ("likes discounts",), dt.date(1985, 8, 6)),
    SampleCustomer("Lucy Andersen", "lucy.andersen", ("instagram",), dt.date(1999, 4, 25)),
    SampleCustomer("Frank Gibson", "", ("in store",), dt.date(1968, 10, 10)),
    SampleCustomer("Maya Desai", "maya.desai", ("student",), dt.date(2003, 6, 2)),
    SampleCustomer("Ava Gallery", "ava.gallery", ("wholesale", "York"), kind="company"),
    SampleCustomer("Philip Mercer", "philip.mercer", (), dt.date(1977, 12, 29)),
    SampleCustomer("Nora Whitfield", "nora.whitfield", ("loyal",), dt.date(1990, 1, 16)),
    SampleCustomer("Ethan Cole", "ethan.cole", ("likes discounts",), dt.date(1992, 3, 7)),
    SampleCustomer("Ruby Sinclair", "ruby.sinclair", ("instagram",), dt.date(2001, 8, 13)),
    SampleCustomer("Martin Doyle", "", (), dt.date(1983, 5, 22)),
    SampleCustomer("Alice Thornton", "alice.thornton", ("recommends us", "loyal"), dt.date(1986, 9, 30)),
    SampleCustomer(
        "Garden Hotel",
        "purchase.gardenhotel",
        ("organisation",),
        kind="company",
        note="Staff uniforms, twice a year.",
    ),
    SampleCustomer("Adam Kowalski", "adam.kowalski", (), dt.date(1995, 2, 4)),
    SampleCustomer("Clara Jensen", "clara.jensen", ("instagram",), dt.date(1998, 7, 7)),
    SampleCustomer("Jasmine Parsons", "jasmine.parsons", ("birthday soon",), dt.date(1994, 12, 5)),
)

ARTICLES = (
    SampleArticle("Summer cotton coat", 14_500_000),
    SampleArticle("Silk scarf", 4_800_000),
    SampleArticle("Jeans", 9_900_000),
    SampleArticle("Shirt", 7_200_000),
    SampleArticle("Cotton T-shirt", 3_500_000),
    SampleArticle("Blazer", 28_000_000),
    SampleArticle("Leather shoes", 24_500_000),
    SampleArticle("Handbag", 12_800_000),
    SampleArticle("Cotton headscarf", 2_900_000),
    SampleArticle("Autumn jumper", 11_600_000),
    SampleArticle("Leather belt", 3_200_000),
    SampleArticle("Socks, pack of three", 950_000),
)

"""The sample in Persian: customers of a clothing shop in Tehran."""

import datetime as dt

from charsu_crm_core.sample_kinds import SampleArticle, SampleCustomer

REFUND_REASON = "سایز مناسب نبود"

CUSTOMERS = (
    SampleCustomer(
        "مریم احمدی",
        "maryam.ahmadi",
        ("وفادار", "اینستاگرام"),
        dt.date(1990, 3, 21),
        note="رنگ‌های گرم را می‌پسندد.",
    ),
    SampleCustomer("علی‌رضا محمدی", "alireza.m", ("وفادار",), dt.date(1984, 11, 2)),
    SampleCustomer("زهرا حسینی", "zahra.hosseini", ("اینستاگرام",), dt.date(1995, 7, 14)),
    SampleCustomer(
        "فروشگاه پوشاک نگین",
        "negin.shop",
        ("عمده‌فروش", "تهران"),
        kind="company",
        note="تسویه تا پایان هر ماه.",
    ),
    SampleCustomer("حسین رضایی", "h.rezaei", ("حضوری",), dt.date(1979, 1, 30)),
    SampleCustomer("فاطمه کریمی", "fatemeh.karimi", ("وفادار", "حضوری"), dt.date(1988, 5, 9)),
    SampleCustomer("محمدامین قاسمی", "", ("دانشجو",), dt.date(2002, 9, 23)),
    SampleCustomer("نرگس مرادی", "narges.moradi", ("اینستاگرام", "معرف"), dt.date(1993, 12, 1)),
    SampleCustomer("شرکت بازرگانی آریا پوش", "info.ariapoosh", ("عمده‌فروش", "شیراز"), kind="company"),
    SampleCustomer("رضا جعفری", "reza.jafari", (), dt.date(1986, 4, 17)),
    SampleCustomer(
        "سارا صادقی", "sara.sadeghi", ("وفادار",), dt.date(1991, 8, 28), note="تماس فقط بعدازظهرها."
    ),
    SampleCustomer("امیرحسین نوری", "", ("دانشجو", "تخفیف‌دوست"), dt.date(2000, 2, 11)),
    SampleCustomer("الهام رستمی", "elham.rostami", ("اینستاگرام",), dt.date(1989, 10, 5)),
    SampleCustomer("مهدی اکبری", "mehdi.akbari", ("حضوری",)),
    SampleCustomer("لیلا موسوی", "leila.mousavi", ("معرف",), dt.date(1982, 6, 19)),
    SampleCustomer("بوتیک ماه‌بانو", "mahbanoo", ("عمده‌فروش", "اصفهان"), kind="company"),
    SampleCustomer("سعید ابراهیمی", "", (), dt.date(1975, 3, 3)),
    SampleCustomer("نیلوفر شریفی", "niloofar.sh", ("وفادار", "تولد نزدیک"), dt.date(1997, 12, 12)),
    SampleCustomer("پویا طاهری", "pouya.taheri", ("اینستاگرام",), dt.date(1998, 1, 8)),
    SampleCustomer("مینا باقری", "mina.bagheri", (), dt.date(1987, 9, 15)),
    SampleCustomer("حمید سلطانی", "", ("حضوری",), dt.date(1970, 7, 27)),
    SampleCustomer("آیدا فرهادی", "aida.farhadi", ("اینستاگرام", "وفادار"), dt.date(1996, 5, 31)),
    SampleCustomer("شرکت تولیدی نخ زرین", "sales.zarrin", ("تأمین‌کننده", "یزد"), kind="company"),
    SampleCustomer("کامران یوسفی", "kamran.yousefi", (), dt.date(1981, 2, 20)),
    SampleCustomer("شیما نادری", "shima.naderi", ("معرف",), dt.date(1994, 11, 18)),
    SampleCustomer("بهزاد عزیزی", "", ("تخفیف‌دوست",), dt.date(1985, 8, 6)),
    SampleCustomer("پریسا کاظمی", "parisa.kazemi", ("اینستاگرام",), dt.date(1999, 4, 25)),
    SampleCustomer("جواد حیدری", "", ("حضوری",), dt.date(1968, 10, 10)),
    SampleCustomer("مهسا امینی‌فر", "mahsa.af", ("دانشجو",), dt.date(2003, 6, 2)),
    SampleCustomer("گالری پوشاک آوا", "ava.gallery", ("عمده‌فروش", "مشهد"), kind="company"),
    SampleCustomer("فرهاد زمانی", "farhad.zamani", (), dt.date(1977, 12, 29)),
    SampleCustomer("سمیرا خسروی", "samira.khosravi", ("وفادار",), dt.date(1990, 1, 16)),
    SampleCustomer("ایمان ملکی", "iman.maleki", ("تخفیف‌دوست",), dt.date(1992, 3, 7)),
    SampleCustomer("ترانه بهرامی", "taraneh.b", ("اینستاگرام",), dt.date(2001, 8, 13)),
    SampleCustomer("مجید فتحی", "", (), dt.date(1983, 5, 22)),
    SampleCustomer("رویا حیاتی", "roya.hayati", ("معرف", "وفادار"), dt.date(1986, 9, 30)),
    SampleCustomer(
        "هتل باغ فردوس",
        "purchase.ferdows",
        ("سازمانی",),
        kind="company",
        note="لباس فرم کارکنان، دو بار در سال.",
    ),
    SampleCustomer("آرش دانشور", "arash.daneshvar", (), dt.date(1995, 2, 4)),
    SampleCustomer("هدیه معینی", "hedieh.moeini", ("اینستاگرام",), dt.date(1998, 7, 7)),
    SampleCustomer("یاسمن پارسا", "yasaman.parsa", ("تولد نزدیک",), dt.date(1994, 12, 5)),
)

ARTICLES = (
    SampleArticle("مانتو نخی تابستانه", 14_500_000),
    SampleArticle("شال ابریشمی", 4_800_000),
    SampleArticle("شلوار جین", 9_900_000),
    SampleArticle("پیراهن مردانه", 7_200_000),
    SampleArticle("تی‌شرت پنبه‌ای", 3_500_000),
    SampleArticle("کت تک", 28_000_000),
    SampleArticle("کفش چرم", 24_500_000),
    SampleArticle("کیف دستی", 12_800_000),
    SampleArticle("روسری نخی", 2_900_000),
    SampleArticle("بافت پاییزه", 11_600_000),
    SampleArticle("کمربند چرم", 3_200_000),
    SampleArticle("جوراب، بستهٔ سه‌تایی", 950_000),
)

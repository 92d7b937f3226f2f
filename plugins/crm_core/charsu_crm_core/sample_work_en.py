"""The sample in English: deals, tasks, talks and roles of the clothing shop."""

from charsu_crm_core.sample_kinds import SampleDeal, SampleRole, SampleTalk, SampleTask

ROLES = (
    SampleRole("Thomas Reed", "Harbour Street Clothing", "store manager"),
    SampleRole("Charlotte Webb", "Boutique Marigold", "owner"),
    SampleRole("Henry Walsh", "Northgate Trading Ltd", "buyer"),
    SampleRole("Peter Lang", "Golden Thread Mills", "sales"),
    SampleRole("Henry Walsh", "Garden Hotel", "purchasing adviser"),
)
DEALS = (
    SampleDeal("Winter uniforms for the staff", "Garden Hotel", 1, (0, 1, 2), 34, 12, ((3, 40), (9, 25))),
    SampleDeal("Coats for the holidays", "Boutique Marigold", 1, (0, 1), 16, 30, ((0, 35), (1, 20))),
    SampleDeal("Jeans in bulk", "Harbour Street Clothing", 1, (0,), 4, 45, ((2, 60),)),
    SampleDeal("Scarves for spring", "Northgate Trading Ltd", 1, (0, 1, 2, 3), 70, -9, ((8, 80), (1, 30))),
    SampleDeal(
        "Handbags as business gifts",
        "Northgate Trading Ltd",
        1,
        (0, 1, 4),
        58,
        -20,
        ((7, 24),),
        "competitor",
        ("Skyline Leather",),
    ),
    SampleDeal("Wedding suit", "James Carter", 0, (0, 1, 2, 3), 19, 8, ((5, 1), (3, 2), (10, 1))),
    SampleDeal("A full set for the office", "Isla Morgan", 0, (0, 1, 2), 12, 14, ((0, 2), (1, 1), (7, 1))),
    SampleDeal("Wedding guest outfit", "Emily Novak", 0, (0, 1), 9, 25, ((0, 1), (6, 1))),
    SampleDeal("A Mother's Day gift", "Grace Sullivan", 0, (0,), 3, 17, ((1, 2),)),
    SampleDeal("A new autumn wardrobe", "Sophie Turner-Cole", 0, (0, 1), 27, 20, ((9, 3), (6, 1))),
    SampleDeal("Matching shoes and bag", "Ava Romano", 0, (0, 2, 4), 22, -4, ((6, 1), (7, 1))),
    SampleDeal("Office shirts", "Henry Walsh", 0, (0, 1, 2, 4), 40, -15, ((3, 5),)),
    SampleDeal("Blazer for interviews", "Noah Patel", 0, (0, 2, 5), 31, -12, ((5, 1),), "price"),
    SampleDeal(
        "Trousseau",
        "Freya Lindqvist",
        0,
        (0, 1),
        18,
        40,
        ((0, 3), (1, 4), (8, 6)),
        competitors=("An online shop",),
    ),
)
TASKS = (
    SampleTask(
        "Send a sample of the thicker cloth", -2, deal="Winter uniforms for the staff", priority="high"
    ),
    SampleTask(
        "Collect the deposit",
        1,
        deal="Winter uniforms for the staff",
        priority="urgent",
        checklist=("Send the proforma", "Check the payment"),
    ),
    SampleTask("Call about the colours", 0, deal="Coats for the holidays", hour=11),
    SampleTask("Last fitting", 2, deal="Wedding suit", hour=18, priority="high"),
    SampleTask("Send pictures of the new models", 0, deal="A full set for the office"),
    SampleTask("Suggest a size", -1, deal="Wedding guest outfit"),
    SampleTask("Birthday wishes with a discount code", 4, customer="Olivia Bennett"),
    SampleTask("Ask whether all is well with the purchase", 1, customer="Amelia Hughes", hour=17),
    SampleTask("Arrange a visit of the warehouse", 6, customer="Golden Thread Mills", hour=10),
    SampleTask("Weekly sales meeting", 3, hour=9, repeats="weekly"),
    SampleTask("Settle the month with wholesalers", 8, repeats="month_end", priority="high"),
    SampleTask("Count the shop window", 5, repeats="monthly"),
    SampleTask("Send the autumn catalogue", -6, customer="Boutique Marigold", is_done=True),
    SampleTask("Send the invoice", -10, customer="Harbour Street Clothing", is_done=True),
    SampleTask("Exchange the shoes", -3, customer="Thomas Reed", is_done=True),
)
TALKS = (
    SampleTalk(
        "call",
        "Garden Hotel",
        3,
        "They want thicker cloth for the uniforms; we send a sample.",
        "interested",
        "Winter uniforms for the staff",
        is_incoming=True,
    ),
    SampleTalk(
        "meeting",
        "Garden Hotel",
        12,
        "Met the purchasing manager; numbers and colours are settled.",
        "done",
        "Winter uniforms for the staff",
    ),
    SampleTalk(
        "email", "Boutique Marigold", 6, "Sent wholesale prices and terms.", "", "Coats for the holidays"
    ),
    SampleTalk(
        "call",
        "Boutique Marigold",
        2,
        "No answer; we try again tomorrow.",
        "no_answer",
        "Coats for the holidays",
    ),
    SampleTalk(
        "message",
        "Isla Morgan",
        1,
        "Sent pictures of three coats; likes the grey one.",
        "interested",
        "A full set for the office",
    ),
    SampleTalk(
        "call", "James Carter", 5, "Made an appointment for the last fitting.", "reached", "Wedding suit"
    ),
    SampleTalk(
        "call",
        "Northgate Trading Ltd",
        21,
        "A competitor's offer was cheaper.",
        "not_interested",
        "Handbags as business gifts",
    ),
    SampleTalk("note", "Olivia Bennett", 14, "Wears size 38; likes burgundy."),
    SampleTalk(
        "message", "Olivia Bennett", 4, "Asked when new silk scarves come.", "reached", is_incoming=True
    ),
    SampleTalk("call", "Olivia Bennett", 30, "Was happy with the last coat.", "reached"),
    SampleTalk("call", "Amelia Hughes", 8, "Asked us to call again next week.", "call_back"),
    SampleTalk("email", "Golden Thread Mills", 17, "New prices of yarn and cloth.", is_incoming=True),
    SampleTalk(
        "meeting",
        "Harbour Street Clothing",
        9,
        "Visited the shop; jeans sell best.",
        "interested",
        "Jeans in bulk",
    ),
    SampleTalk(
        "message",
        "Grace Sullivan",
        2,
        "Asked on Instagram about a scarf as a gift.",
        "interested",
        "A Mother's Day gift",
        is_incoming=True,
    ),
    SampleTalk("note", "Sophie Turner-Cole", 20, "Is allergic to wool."),
    SampleTalk(
        "call", "Noah Patel", 13, "The price was too high.", "not_interested", "Blazer for interviews"
    ),
)
INTERESTS = ("warm colours", "cotton", "leather shoes", "coats", "dark colours", "scarves")
ADDRESS = {"label": "Shop", "province": "", "city": "Bristol", "street": "%s Harbour Street"}

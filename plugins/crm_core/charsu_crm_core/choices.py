"""What people read for the words the CRM stores."""

from collections.abc import Mapping

from charsu.plugins.manifest import Text
from charsu.text.i18n import lazy

KIND_TITLES: Mapping[str, Text] = {"person": lazy("Person"), "company": lazy("Company")}
STAGE_TITLES: Mapping[str, Text] = {
    "lead": lazy("Lead"),
    "prospect": lazy("Prospect"),
    "customer": lazy("Customer"),
    "loyal": lazy("Loyal customer"),
    "lapsed": lazy("Lapsed"),
}
STAGE_TONES: Mapping[str, str] = {"prospect": "brand", "customer": "good", "loyal": "good", "lapsed": "warn"}
SOURCE_TITLES: Mapping[str, Text] = {
    "walk_in": lazy("Came to the store"),
    "referral": lazy("Recommended by a customer"),
    "instagram": lazy("Instagram"),
    "messenger": lazy("Messenger"),
    "website": lazy("Website"),
    "phone": lazy("Phone call"),
    "campaign": lazy("Campaign"),
    "exhibition": lazy("Exhibition"),
    "dealer": lazy("Through a dealer"),
    "other": lazy("Otherwise"),
}
GENDER_TITLES: Mapping[str, Text] = {"female": lazy("Woman"), "male": lazy("Man")}
CHANNEL_TITLES: Mapping[str, Text] = {
    "store": lazy("In the store"),
    "online": lazy("Online"),
    "phone": lazy("By phone"),
    "other": lazy("Otherwise"),
}
INTERACTION_TITLES: Mapping[str, Text] = {
    "call": lazy("Call"),
    "email": lazy("E-mail"),
    "meeting": lazy("Meeting"),
    "message": lazy("Message"),
    "note": lazy("Note"),
}
INTERACTION_ICONS: Mapping[str, str] = {
    "call": "phone",
    "email": "mail",
    "meeting": "users",
    "message": "message-circle",
    "note": "note",
}
DIRECTION_TITLES: Mapping[str, Text] = {"out": lazy("From us"), "in": lazy("From the customer")}
OUTCOME_TITLES: Mapping[str, Text] = {
    "reached": lazy("We spoke"),
    "no_answer": lazy("No answer"),
    "busy": lazy("Busy"),
    "call_back": lazy("Asked to be called back"),
    "interested": lazy("Is interested"),
    "not_interested": lazy("Is not interested"),
    "done": lazy("Settled"),
}
OUTCOME_TONES: Mapping[str, str] = {
    "reached": "good",
    "no_answer": "warn",
    "busy": "warn",
    "call_back": "brand",
    "interested": "good",
    "not_interested": "bad",
    "done": "good",
}
STATE_TITLES: Mapping[str, Text] = {"open": lazy("Open"), "won": lazy("Won"), "lost": lazy("Lost")}
STATE_TONES: Mapping[str, str] = {"open": "brand", "won": "good", "lost": "bad"}
LOST_TITLES: Mapping[str, Text] = {
    "price": lazy("The price was too high"),
    "competitor": lazy("Bought from a competitor"),
    "timing": lazy("Not the right time"),
    "no_need": lazy("No need any more"),
    "no_answer": lazy("Did not answer any more"),
    "out_of_stock": lazy("We could not deliver"),
    "other": lazy("Another reason"),
}
PRIORITY_TITLES: Mapping[str, Text] = {
    "low": lazy("Low"),
    "normal": lazy("Normal"),
    "high": lazy("High"),
    "urgent": lazy("Urgent"),
}
PRIORITY_TONES: Mapping[str, str] = {"high": "warn", "urgent": "bad"}
#: Minutes before the time of a task, as the form offers them.
REMINDER_TITLES: Mapping[str, Text] = {
    "0": lazy("At the time"),
    "15": lazy("A quarter of an hour before"),
    "60": lazy("An hour before"),
    "1440": lazy("A day before"),
    "2880": lazy("Two days before"),
    "10080": lazy("A week before"),
}
#: What a stage can ask to be filled in.
REQUIRED_TITLES: Mapping[str, Text] = {
    "amount_minor": lazy("Amount"),
    "expected_close_on": lazy("Expected close"),
    "products": lazy("Products"),
    "competitors": lazy("Competitors"),
    "note": lazy("Note"),
}

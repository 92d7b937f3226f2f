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
    "dealer": lazy("Dealer"),
    "other": lazy("Otherwise"),
}
GENDER_TITLES: Mapping[str, Text] = {"female": lazy("Woman"), "male": lazy("Man")}
CHANNEL_TITLES: Mapping[str, Text] = {
    "store": lazy("In the store"),
    "online": lazy("Online"),
    "phone": lazy("By phone"),
    "other": lazy("Otherwise"),
}

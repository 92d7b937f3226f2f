"""Language, calendar, digits, money and phone numbers: everything between stored values and what people read."""

"""Language, calendar, digits, money and phone numbers: between stored values and people."""

"""Time as a business lives it: rules that repeat, holidays, working hours, reminders, calendar feeds."""

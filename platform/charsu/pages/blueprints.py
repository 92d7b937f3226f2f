"""Which of the core's pages stand on the bare host and which on a tenant's."""

from flask import Blueprint

from charsu.pages.account import account
from charsu.pages.calendar_settings import calendar_settings
from charsu.pages.display import display
from charsu.pages.door import door
from charsu.pages.home import home
from charsu.pages.mailbox import mailbox
from charsu.pages.members import members
from charsu.pages.modules import modules
from charsu.pages.notifications import notifications
from charsu.pages.patterns import patterns
from charsu.pages.reset import reset
from charsu.pages.roles import roles
from charsu.pages.settings import settings
from charsu.pages.site import site
from charsu.pages.site_login import site_login
from charsu.pages.teams import teams
from charsu.pages.tokens import tokens
from charsu.records.pages.audit_page import audit
from charsu.records.pages.bin_page import recycle_bin
from charsu.records.pages.calendar_page import calendar
from charsu.records.pages.feed_page import feed
from charsu.records.pages.fields_page import fields
from charsu.records.pages.search_page import search
from charsu.records.pages.today_page import today

SITE_PAGES: tuple[Blueprint, ...] = (site, site_login, reset, mailbox, patterns, display)
TENANT_PAGES: tuple[Blueprint, ...] = (
    *(home, door, reset, display, account),
    *(modules, members, teams, roles, tokens, settings, fields, search, recycle_bin, audit),
    *(notifications, calendar_settings, calendar, today, feed),
)

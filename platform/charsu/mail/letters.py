"""The letters people get, in the reader's language, as plain text and as HTML that runs the right way."""

from markupsafe import Markup

from charsu.mail.letter import Letter
from charsu.text.i18n import _
from charsu.text.preferences import Locale, current_preferences, known_locale, use_locale
from charsu_tenants.context import Tenant

# Mail programs drop style sheets, so the little style there is stands on the elements.
_PAGE = Markup(
    '<!doctype html><html lang="{lang}" dir="{dir}"><head><meta charset="utf-8">'
    "<title>{title}</title>"
    "</head>"
    '<body style="margin:0;padding:24px;background:#f4f6fa;font-family:Vazirmatn,Tahoma,Arial,sans-serif;'
    'line-height:1.8;color:#182433"><div style="max-width:560px;margin:0 auto;padding:24px;background:#fff;'
    'border-radius:8px"><h1 style="font-size:20px;margin:0 0 12px">{title}</h1>{paragraphs}'
    '<p><a href="{url}" style="display:inline-block;padding:10px 20px;border-radius:6px;background:#066fd1;'
    'color:#fff;text-decoration:none">{button}</a></p>'
    '<p dir="ltr" style="font-size:13px;word-break:break-all;color:#49566c">{url}</p>{closing}'
    "</div></body></html>"
)


def reset_letter(*, locale: str, to: str, name: str, url: str) -> Letter:
    """Write the letter with a link to a new password, valid for half an hour."""
    with use_locale(_known(locale)):
        return _letter(
            to=to,
            subject=_("A new password for Charsu"),
            paragraphs=[
                _("Hello %(name)s,", name=name),
                _("You, or somebody who knows your address, asked for a new password."),
                _("The link works once and for 30 minutes."),
            ],
            button=_("Choose a new password"),
            url=url,
            closing=_("If it was not you, do nothing: your password stays as it is."),
        )


def invitation_letter(tenant: Tenant, *, to: str, inviter: str, url: str) -> Letter:
    """Write the letter that invites somebody to a business, in the language of the business."""
    with use_locale(_known(tenant.locale)):
        return _letter(
            to=to,
            subject=_("%(inviter)s invites you to %(business)s", inviter=inviter, business=tenant.name),
            paragraphs=[
                _("Hello,"),
                _(
                    "%(inviter)s would like you to work with them in %(business)s on Charsu.",
                    inviter=inviter,
                    business=tenant.name,
                ),
                _("The link works once and for 7 days."),
            ],
            button=_("Join %(business)s", business=tenant.name),
            url=url,
            closing=_("If you do not know who this is, do nothing."),
        )


def reminder_letter(*, to: str, title: str, moment: str, url: str) -> Letter:
    """Write the letter that reminds somebody of a record, in the language in force."""
    return _letter(
        to=to,
        subject=_("Reminder: %(title)s", title=title),
        paragraphs=[_("%(title)s is for %(moment)s.", title=title, moment=moment)],
        button=_("Open it"),
        url=url,
        closing=_("You asked Charsu to remind you of this."),
    )


def _letter(*, to: str, subject: str, paragraphs: list[str], button: str, url: str, closing: str) -> Letter:
    text = "\n\n".join([*paragraphs, f"{button}:\n{url}", closing]) + "\n"
    preferences = current_preferences()
    html = _PAGE.format(
        lang=preferences.locale,
        dir="rtl" if preferences.is_rtl else "ltr",
        title=subject,
        paragraphs=Markup("").join(Markup("<p>{}</p>").format(line) for line in paragraphs),
        button=button,
        url=url,
        closing=Markup('<p style="color:#49566c">{}</p>').format(closing),
    )
    return Letter(to=to, subject=subject, text=text, html=str(html))


def _known(locale: str) -> Locale:
    return known_locale(locale) or "fa"

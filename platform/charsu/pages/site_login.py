"""Login on the bare host: password first, then the choice of one's business."""

from flask import Blueprint, Response

from charsu.pages.schemas import BusinessChoice, LoginForm
from charsu.pages.visit import attempt, form_again, visitor
from charsu.people.login import choose_business, log_in_on_site
from charsu.web.access import public
from charsu.web.forms import parse_form
from charsu.web.rendering import page_redirect, render

site_login = Blueprint("site_login", __name__)


@site_login.get("/login")
@public
def show_login() -> Response:
    """The empty form."""
    return render("pages/site_login.html", values={}, errors={})


@site_login.post("/login")
@public
def post_login() -> Response:
    """Check the password; go straight to the only business, or show the list."""
    form, errors = parse_form(LoginForm)

    def work() -> Response:
        login = log_in_on_site(email=form["email"], password=form["password"], visitor=visitor())
        active = [business for business in login.businesses if business.status == "active"]
        if len(active) == 1:
            return _go(choose_business(login.chooser, active[0].slug))
        return render("pages/businesses.html", businesses=login.businesses, chooser=login.chooser)

    return attempt(work, lambda refusal, bad: form_again("pages/site_login.html", refusal, bad), errors)


@site_login.post("/login/business")
@public
def post_business() -> Response:
    """Go to the chosen business, logged in."""
    form, errors = parse_form(BusinessChoice)
    if errors:
        return page_redirect("site_login.show_login")
    return _go(choose_business(form["chooser"], form["slug"]))


def _go(address: str) -> Response:
    return Response(status=303, headers={"Location": address})

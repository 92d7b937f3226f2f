"""`charsu tenant create`."""

import click

from charsu.cli.session import prepared_runtime
from charsu.people.signup import sign_up
from charsu.people.signup_form import DEFAULT_MODULES, SignUpForm
from charsu.people.visitors import Visitor


@click.command()
@click.argument("slug")
@click.option("--name", required=True, help="Name of the business.")
@click.option("--email", required=True, help="Address the owner logs in with.")
@click.option("--password", required=True, help="The owner's password; of her account, if she has one.")
@click.option(
    "--modules", default=",".join(DEFAULT_MODULES), show_default=True, help="Modules to enable, by commas."
)
@click.option("--locale", type=click.Choice(["fa", "en"]), default="fa", show_default=True)
def create(slug: str, name: str, email: str, password: str, modules: str, locale: str) -> None:
    """Make a business with its owner and print its address."""
    form = SignUpForm(
        business_name=name,
        slug=slug,
        email=email,
        password=password,
        locale=locale,
        modules=[module.strip() for module in modules.split(",") if module.strip()],
    )
    with prepared_runtime():
        click.echo(sign_up(form, Visitor()).url)

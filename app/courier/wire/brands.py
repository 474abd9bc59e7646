"""A brand: its name, color, logo and where else it is found."""

from app.courier.wire import shapes
from app.courier.wire.reading import read
from app.preferences import brand as clean
from app.preferences.brand import NETWORKS, Brand


def brand(body: bytes) -> Brand:
    """What is damaged in it is left out; the rest still counts."""
    answer = read(shapes.Brand, body)
    settings = answer.settings or shapes.BrandSettings()
    email = settings.email or shapes.BrandEmail()
    header = email.header or shapes.BrandHeader()
    logo = header.logo or shapes.BrandLogo()
    return Brand(
        name=clean.name(answer.name),
        color=_color(settings),
        logo=clean.address(logo.image),
        home=clean.address(logo.href),
        links=clean.links(_places(email.footer or shapes.BrandFooter())),
    )


def _color(settings: shapes.BrandSettings) -> str | None:
    """The brand's own, else the one of its inbox."""
    given = (settings.colors, settings.inapp and settings.inapp.colors)
    colors = (clean.color(colors.primary) for colors in given if colors)
    return next(filter(None, colors), None)


def _places(footer: shapes.BrandFooter) -> list[tuple[str, str | None]]:
    social = footer.social or {}
    places = ((name, social.get(key)) for key, name in NETWORKS.items())
    return [(name, place.url) for name, place in places if place]

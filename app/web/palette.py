"""From one brand color to the tokens that depend on it, in light and in dark.

The color itself is kept where it can be told apart from what it stands on, and
else made darker or lighter in OKLab, as little as needed. Whatever the color, text
on it and in it keeps a contrast of 4.5:1, and shapes 3:1.

References: https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio
https://bottosson.github.io/posts/oklab/
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

TEXT = 4.5
SHAPE = 3.0
"""Contrasts that WCAG 2.2 AA asks for."""

STEPS = 100
"""In which a color is moved at most; each is too small to be seen."""

Lab = tuple[float, float, float]
BLACK, WHITE = 0.0, 1.0
"""Lightness, from one end to the other."""


@dataclass(frozen=True)
class Scheme:
    """The tokens of app.css that a brand's color has to live with."""

    paper: str
    surface: str
    ink: str
    ink_soft: str
    line_strong: str
    good: str
    bad_soft: str
    far: float
    """The lightness towards which a color goes that is too near to the paper."""
    tint: float
    """How much of the color is in the ground of what is chosen, at most."""

    @property
    def grounds(self) -> tuple[str, ...]:
        """What links and switches stand on, beside the brand's own tint."""
        return self.paper, self.surface, self.bad_soft


LIGHT = Scheme(
    paper="#f5f4f1",
    surface="#ffffff",
    ink="#1c1f26",
    ink_soft="#565c69",
    line_strong="#858a95",
    good="#1b6b43",
    bad_soft="#fdf0ee",
    far=BLACK,
    tint=0.1,
)
DARK = Scheme(
    paper="#131519",
    surface="#1c1f25",
    ink="#eceef2",
    ink_soft="#a7adba",
    line_strong="#7b8290",
    good="#7fd1a5",
    bad_soft="#3a2220",
    far=WHITE,
    tint=0.18,
)


def sheet(color: str) -> str:
    """The style sheet of a brand whose color is `#rrggbb`."""
    light, dark = tokens(color, LIGHT), tokens(color, DARK)
    lines = (f"    {name}: light-dark({light[name]}, {dark[name]});" for name in light)
    block = "\n".join(lines)
    return f"@layer tokens {{\n  :root,\n  :host,\n  .printed {{\n{block}\n  }}\n}}\n"


def tokens(color: str, scheme: Scheme) -> Mapping[str, str]:
    soft = _soft(_moved(color, scheme.far, TEXT, scheme.grounds), scheme)
    grounds = (*scheme.grounds, soft)
    accent = _moved(color, scheme.far, SHAPE, grounds)
    return {
        "--accent": accent,
        "--accent-ink": _ink(accent),
        "--accent-soft": soft,
        "--link": _moved(color, scheme.far, TEXT, grounds),
    }


def contrast(one: str, other: str) -> float:
    """From 1 to 21, as WCAG has it."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def _soft(color: str, scheme: Scheme) -> str:
    """A ground with a touch of the color, on which everything can still be read."""

    def is_fit(ground: str) -> bool:
        texts = (scheme.ink, scheme.ink_soft, scheme.good)
        is_readable = all(contrast(text, ground) >= TEXT for text in texts)
        return is_readable and contrast(scheme.line_strong, ground) >= SHAPE

    shares = (scheme.tint * (1 - step / STEPS) for step in range(STEPS))
    surface, touch = _lab(scheme.surface), _lab(color)
    grounds = (_hex(_mixed(surface, touch, share)) for share in shares)
    return next(filter(is_fit, grounds), scheme.surface)


def _ink(ground: str) -> str:
    """White where it can be read, else nearly black in the ground's own hue."""
    if contrast("#ffffff", ground) >= TEXT:
        return "#ffffff"
    lightness, a, b = _lab(ground)
    deep = _hex(_mixed((0.0, 0.0, 0.0), (lightness, a, b), 0.25))
    return _moved(deep, BLACK, TEXT, (ground,))


def _moved(color: str, end: float, needed: float, grounds: Iterable[str]) -> str:
    """The color itself, or the first on the way that is clear of all grounds."""
    for shade in _shades(color, end):
        if all(contrast(shade, ground) >= needed for ground in grounds):
            return shade
    raise AssertionError("black and white are clear of any such ground")


def _shades(color: str, end: float) -> Iterator[str]:
    """From the color to black or white, of the same hue and as colorful as can be."""
    yield color
    start, a, b = _lab(color)
    for step in range(1, STEPS + 1):
        yield _hex(_shown((start + (end - start) * step / STEPS, a, b)))


def _shown(lab: Lab) -> Lab:
    """As colorful as a screen can show it."""
    lightness, a, b = lab
    shares = (1 - step / 20 for step in range(20))
    colors = ((lightness, a * share, b * share) for share in shares)
    is_shown = (lab for lab in colors if all(-0.002 <= v <= 1.002 for v in _rgb(lab)))  # noqa: PLR2004
    return next(is_shown, (lightness, 0.0, 0.0))


def _mixed(one: Lab, other: Lab, share: float) -> Lab:
    a, b, c = (x + (y - x) * share for x, y in zip(one, other, strict=True))
    return a, b, c


@lru_cache(maxsize=4096)
def _luminance(color: str) -> float:
    red, green, blue = _linear(color)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(color: str) -> Lab:
    red, green, blue = (int(color[i : i + 2], 16) / 255 for i in (1, 3, 5))
    return _light(red), _light(green), _light(blue)


def _light(value: float) -> float:
    return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4  # noqa: PLR2004


def _coded(value: float) -> int:
    value = min(max(value, 0.0), 1.0)
    coded = 12.92 * value if value <= 0.0031308 else 1.055 * value ** (1 / 2.4) - 0.055  # noqa: PLR2004
    return round(coded * 255)


def _lab(color: str) -> Lab:
    r, g, b = _linear(color)
    long = (0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b) ** (1 / 3)
    middle = (0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b) ** (1 / 3)
    short = (0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b) ** (1 / 3)
    return (
        0.2104542553 * long + 0.7936177850 * middle - 0.0040720468 * short,
        1.9779984951 * long - 2.4285922050 * middle + 0.4505937099 * short,
        0.0259040371 * long + 0.7827717662 * middle - 0.8086757660 * short,
    )


def _hex(lab: Lab) -> str:
    red, green, blue = map(_coded, _rgb(lab))
    return f"#{red:02x}{green:02x}{blue:02x}"


def _rgb(lab: Lab) -> Lab:
    """Linear, and beyond 0 and 1 where no screen can show it."""
    lightness, a, b = lab
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    middle = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    return (
        4.0767416621 * long - 3.3077115913 * middle + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * middle - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * middle + 1.7076147010 * short,
    )

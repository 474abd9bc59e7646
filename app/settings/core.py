"""The settings of the preference center itself, with the README's words about each."""

from typing import Annotated, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    Field,
    SecretStr,
)

from app.settings.kinds import (
    Host,
    Key,
    NamedKey,
    Origin,
    Positive,
    Url,
    api_key,
    database,
    redis,
    words,
)
from app.settings.looks import Address, Color, Folder, NamedAddresses, Sheet

Language = Literal[
    "en",
    "ar",
    "de",
    "es",
    "fr",
    "he",
    "hi",
    "it",
    "ja",
    "ko",
    "nl",
    "pl",
    "pt-BR",
    "sv",
    "tr",
    "zh-Hans",
]
"""Those that we have words for."""


class Core(BaseModel):
    """What the preference center itself has."""

    courier_api_key: Annotated[
        SecretStr,
        AfterValidator(api_key),
        Field(description="Courier's API key of the environment."),
    ]
    courier_base_url: Annotated[
        Url,
        Field(description="Where Courier is; `https://api.eu.courier.com` in the EU."),
    ] = "https://api.courier.com"
    secret_key: Annotated[
        Key,
        Field(description="Signs the links; 32 characters or more, kept secret."),
    ]
    secret_key_fallbacks: Annotated[
        tuple[Key, ...],
        BeforeValidator(words),
        Field(
            description="Retired keys whose links still work, parted by spaces, "
            "the oldest first."
        ),
    ] = ()
    public_url: Annotated[
        Origin,
        Field(description="Where recipients reach the app; every link starts with it."),
    ]
    link_privacy: Annotated[
        Literal["signed", "encrypted"],
        Field(description="`encrypted` hides in new links whose they are."),
    ] = "signed"
    link_full_days: Annotated[
        int,
        Field(
            ge=1,
            le=36500,
            description="Days for which a link to the preferences may change "
            "everything; after that it can only turn things off.",
        ),
    ] = 30
    embed_hours: Annotated[
        int, Field(ge=1, le=8760, description="Hours for which an embed link works.")
    ] = 12
    frame_ancestors: Annotated[
        tuple[Host, ...],
        BeforeValidator(words),
        Field(
            description="Origins whose pages may embed the preferences, parted by "
            "spaces; `tenant=https://…` for those of one tenant, "
            "`https://*.example.com` for all below."
        ),
    ] = ()
    return_origins: Annotated[
        tuple[Host, ...],
        BeforeValidator(words),
        Field(
            description="Origins that `?return_to=` may lead back to, beside those of "
            "`FRAME_ANCESTORS`; written the same way."
        ),
    ] = ()
    default_language: Annotated[
        Language,
        Field(description="The language of whoever asks for none that we speak."),
    ] = "en"
    profile_language: Annotated[
        bool,
        Field(
            description="Whether Courier is asked for the `locale` in the user's "
            "profile where the link names no language; one more call, kept for minutes."
        ),
    ] = False
    link_api_keys: Annotated[
        tuple[NamedKey, ...],
        BeforeValidator(words),
        Field(
            description="Who may mint links by the API: `name:key`, parted by spaces, "
            "each key of 32 characters or more."
        ),
    ] = ()
    fresh_link_template: Annotated[
        str,
        Field(
            max_length=200,
            description="Courier's template for the mail with a fresh link; see "
            "docs/links.md. Without one a plain mail is sent.",
        ),
    ] = ""
    product_name: Annotated[
        str,
        Field(max_length=80, description="Your product's name, shown on the pages."),
    ] = ""
    brand_id: Annotated[
        str,
        Field(
            max_length=200,
            description="The brand at Courier whose color, logo and links the pages "
            "have; see docs/theming.md.",
        ),
    ] = ""
    brand_color: Annotated[
        Color,
        Field(description="The brand's color, `#rrggbb`, where Courier tells none."),
    ] = ""
    brand_logo: Annotated[
        Address,
        Field(description="Where its logo is, an `https://` address; likewise."),
    ] = ""
    brand_home: Annotated[
        Address,
        Field(description="Where its logo or name leads to; likewise."),
    ] = ""
    brand_links: Annotated[
        NamedAddresses,
        Field(
            description="The links at the foot of the pages, `Name=https://…`, "
            "parted by spaces; likewise."
        ),
    ] = ()
    stylesheet: Annotated[
        Sheet,
        Field(description="A `.css` file of yours that comes after ours."),
    ] = ""
    templates: Annotated[
        Folder,
        Field(description="A folder of yours where templates are looked for first."),
    ] = ""
    database_url: Annotated[
        SecretStr,
        AfterValidator(database),
        Field(
            description="Where choices are kept: a SQLite file, or "
            "`postgresql://user:password@host/name` where more than one machine serves."
        ),
    ] = SecretStr("sqlite:///var/preferences.db")
    delivery_workers: Annotated[
        int,
        Field(
            ge=0,
            le=64,
            description="Deliveries at the same time in each process that serves; "
            "0 leaves them to `deliver`.",
        ),
    ] = 4
    retention_days: Annotated[
        int,
        Field(
            ge=0,
            description="Days after which old choices are erased, but for the newest "
            "of each topic; 0 keeps all.",
        ),
    ] = 0
    redis_url: Annotated[
        SecretStr,
        AfterValidator(redis),
        Field(
            description="Where several machines or processes count together how often "
            "a link or an address acts; `redis://host:6379`."
        ),
    ] = SecretStr("")
    proxies: Annotated[
        int,
        Field(
            ge=0,
            le=8,
            description="Proxies in front whose `X-Forwarded-For` is believed; each "
            "adds one entry.",
        ),
    ] = 0
    otel_exporter_otlp_endpoint: Annotated[
        Url | Literal[""],
        Field(
            description="Where traces are sent by OpenTelemetry's protocol over HTTP, "
            "`http://collector:4318`; needs the extra `otel`. See docs/operations.md."
        ),
    ] = ""
    host: Annotated[str, Field(description="The address to listen on.")] = "0.0.0.0"  # noqa: S104
    port: Annotated[
        int, Field(ge=1, le=65535, description="The port to listen on.")
    ] = 8000
    workers: Annotated[
        Positive, Field(description="Processes that serve; about one per core.")
    ] = 2
    threads: Annotated[
        Positive, Field(description="Requests one process serves at the same time.")
    ] = 256

"""Builds Courier's components from their npm packages, as their users would."""

import hashlib
import json
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from string import Template

HERE = Path(__file__).parent
FOLDER = HERE.parents[1] / "var/bench/page"
"""Where npm installs and esbuild writes; not in the repository."""

SIGNED_IN = {
    "userId": "user-1",
    # As long as Courier's own, which name the user and the scopes.
    "jwt": ".".join(["e" * 36, "y" * 200, "j" * 43]),
    "apiUrls": {
        "courier": {"rest": "", "graphql": "/client/q"},
        "inbox": {"graphql": "/q", "webSocket": ""},
    },
}


@dataclass(frozen=True)
class Built:
    """A page and its script, as a static host would hold them."""

    html: bytes
    script: bytes
    script_path: str


def install() -> None:
    """Once; anew where the pinned versions are others."""
    if not shutil.which("npm"):
        raise SystemExit("The bench of the page needs Node.js with npm.")
    FOLDER.mkdir(parents=True, exist_ok=True)
    wanted, there = HERE / "package.json", FOLDER / "package.json"
    modules = FOLDER / "node_modules"
    if modules.exists() and there.read_bytes() == wanted.read_bytes():
        return
    shutil.rmtree(modules, ignore_errors=True)
    shutil.copy(wanted, there)
    flags = ["--no-audit", "--no-fund", "--ignore-scripts", "--no-package-lock"]
    _run("npm", "install", *flags)


def build(entry: str) -> Built:
    """One of `contenders`, for production: bundled, shaken and minified."""
    source = FOLDER / entry
    shutil.copy(HERE / "contenders" / entry, source)
    output = source.with_suffix(".out.js")
    _run(
        "node",
        "node_modules/esbuild/bin/esbuild",
        entry,
        "--bundle",
        "--minify",
        "--format=esm",
        "--target=es2022",
        "--jsx=automatic",
        '--define:process.env.NODE_ENV="production"',
        "--legal-comments=none",
        "--log-level=warning",
        f"--outfile={output.name}",
    )
    return _page(source.stem, output.read_bytes())


def _page(name: str, script: bytes) -> Built:
    mark = hashlib.sha256(script).hexdigest()[:8]
    path = f"/assets/{name}-{mark}.js"
    template = Template((HERE / "contenders/page.html").read_text("utf-8"))
    html = template.substitute(signed_in=json.dumps(SIGNED_IN), script=path)
    return Built(html.encode(), script, path)


def versions() -> dict[str, str]:
    """What is compared, as pinned."""
    told = json.loads((HERE / "package.json").read_text("utf-8"))
    return dict(told["dependencies"])


def _run(*command: str) -> None:
    subprocess.run(command, cwd=FOLDER, check=True, stdout=subprocess.DEVNULL)  # noqa: S603

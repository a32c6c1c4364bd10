"""The pages: a few files of ours, read once, and nothing from anywhere else."""

from __future__ import annotations

from collections.abc import Callable
from importlib.resources import files

from fastapi import APIRouter
from fastapi.responses import Response

_STATIC = files("seehear.web") / "static"
_LOOK = files("seehear.report") / "page" / "look"
_SCRIPT, _STYLE, _PAGE, _ICON = "text/javascript", "text/css", "text/html", "image/svg+xml"
_SCRIPTS = ("server", "uploads", "rows", "viewer", "app", "docs")
_FILES = {
    "/": (_STATIC / "app.html", _PAGE),
    "/docs": (_STATIC / "docs.html", _PAGE),
    "/assets/icon.svg": (_STATIC / "icon.svg", _ICON),
    "/assets/look.css": (_LOOK / "look.css", _STYLE),
    "/assets/words.js": (_LOOK / "words.js", _SCRIPT),
    "/assets/glance.js": (_LOOK / "glance.js", _SCRIPT),
    "/assets/app.css": (_STATIC / "app.css", _STYLE),
    "/assets/docs.css": (_STATIC / "docs.css", _STYLE),
    **{f"/assets/{name}.js": (_STATIC / f"{name}.js", _SCRIPT) for name in _SCRIPTS},
}


def pages() -> APIRouter:
    """Style and small words are the report's, so that the app and its results look alike."""
    router = APIRouter(include_in_schema=False)
    for address, (file, kind) in _FILES.items():
        router.get(address)(_giving(file.read_bytes(), kind))
    return router


def _giving(content: bytes, kind: str) -> Callable[[], Response]:
    def give() -> Response:
        return Response(content, media_type=kind)

    return give

"""The server itself."""

from __future__ import annotations

from fastapi import APIRouter

from seehear import __version__
from seehear.web.answers import ServerAnswer
from seehear.web.routes.given import HouseHere

router = APIRouter(tags=["server"])


@router.get("/server", summary="What this server is and takes")
def server(house: HouseHere) -> ServerAnswer:
    settings, model = house.settings, house.foreman.model
    return ServerAnswer(
        version=__version__,
        model=model.get("name", ""),
        categories=model.get("categories", []),
        max_upload_bytes=settings.max_upload_bytes,
        quota_bytes=settings.quota_bytes,
        kept_bytes=house.store.kept_bytes(),
        max_jobs=settings.max_jobs,
        max_uploads=settings.max_uploads,
    )

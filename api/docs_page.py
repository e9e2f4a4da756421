"""`GET /docs`: the OpenAPI document to read and to try out. Its scripts come from here; it asks no other server."""

from importlib.resources import files
from typing import Final

from fastapi import APIRouter, Response
from fastapi.openapi.docs import get_swagger_ui_html

from .problems import NO_SUCH_ROUTE, Problem, Refusal

_ASSETS: Final = {
    "swagger-ui-bundle.js": "text/javascript",
    "swagger-ui.css": "text/css",
    "favicon.png": "image/png",
}
_HERE_ONLY: Final = {
    "content-security-policy": "default-src 'self'; script-src 'self' 'unsafe-inline'; "
    "style-src 'self' 'unsafe-inline'; img-src 'self' data:"
}


def docs_page_routes() -> APIRouter:
    """The page and what it loads."""
    routes = APIRouter(include_in_schema=False)
    folder = files("fastapi_offline") / "static"
    assets = {name: (folder / name).read_bytes() for name in _ASSETS}

    @routes.get("/docs")
    async def docs() -> Response:
        """The page; its addresses are relative, so that it also works where the service is mounted under a path."""
        page = get_swagger_ui_html(
            openapi_url="openapi.json",
            title="deskpolicy",
            swagger_js_url="docs/swagger-ui-bundle.js",
            swagger_css_url="docs/swagger-ui.css",
            swagger_favicon_url="docs/favicon.png",
        )
        page.headers.update(_HERE_ONLY)
        return page

    @routes.get("/docs/{name}")
    async def asset(name: str) -> Response:
        """A script, a style sheet or a picture of the page."""
        if name not in assets:
            raise Refusal(Problem(NO_SUCH_ROUTE, "the page has no such part"))
        headers = {"cache-control": "public, max-age=86400"}
        return Response(assets[name], media_type=_ASSETS[name], headers=headers)

    return routes

"""What is refused over HTTP, in the real service's words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class Problem(Exception):
    """Becomes an answer with an `error` body."""

    def __init__(
        self,
        message: str,
        *,
        status: int = 400,
        code: str | None = None,
        param: str | None = None,
        kind: str = "invalid_request_error",
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.status = status
        self.code = code
        self.param = param
        self.kind = kind
        self.headers = dict(headers or {})

    def body(self) -> dict[str, Any]:
        return {
            "error": {
                "message": self.message,
                "type": self.kind,
                "param": self.param,
                "code": self.code,
            }
        }


def none_found(noun: str, ident: str) -> Problem:
    """The Assistants API's way: No thread found with id 'thread_x'."""
    return Problem(f"No {noun} found with id '{ident}'.", status=404)


def not_found(noun: str, ident: str, param: str | None = None) -> Problem:
    """The newer way: Response with id 'resp_x' not found."""
    return Problem(f"{noun} with id '{ident}' not found.", status=404, param=param)


def server_error(message: str = "") -> Problem:
    return Problem(
        message
        or "The server had an error while processing your request. Sorry about that! "
        "Please retry your request.",
        status=500,
        kind="server_error",
        code="server_error",
    )


def unknown_model(name: str) -> Problem:
    return Problem(
        f"The model `{name}` does not exist or you do not have access to it.",
        status=404,
        code="model_not_found",
    )

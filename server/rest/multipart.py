"""multipart/form-data, as clients send files."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from server.rest.problems import Problem

_BOUNDARY = re.compile(r'boundary="?([^";,]+)"?', re.IGNORECASE)
_NAME = re.compile(r'(?<![\w*])name="((?:[^"\\]|\\.)*)"')
_FILENAME = re.compile(r'filename="((?:[^"\\]|\\.)*)"')


@dataclass(frozen=True, slots=True)
class Upload:
    name: str
    data: bytes


@dataclass(slots=True)
class Form:
    fields: dict[str, list[str]] = field(default_factory=dict)
    """Each field's values; `keywords[]` is known as `keywords`, and listed in `arrays`."""
    files: dict[str, Upload] = field(default_factory=dict)


def _malformed(why: str) -> Problem:
    return Problem(f"Could not parse multipart form: {why}")


def parse(content_type: str, body: bytes) -> Form:
    """Raises Problem where the body is not such a form."""
    found = _BOUNDARY.search(content_type)
    if "multipart/form-data" not in content_type or found is None:
        raise _malformed("expected content type multipart/form-data with a boundary")
    delimiter = b"--" + found[1].encode()
    parts = (b"\r\n" + body).split(b"\r\n" + delimiter)
    if len(parts) < 2 or not parts[-1].startswith(b"--"):
        raise _malformed("the last boundary is missing")
    form = Form()
    for part in parts[1:-1]:
        head, separator, content = part.removeprefix(b"\r\n").partition(b"\r\n\r\n")
        if not separator:
            raise _malformed("a part without headers")
        headers = head.decode("utf-8", "replace")
        name = _NAME.search(headers)
        if name is None:
            raise _malformed("a part without a name")
        filename = _FILENAME.search(headers)
        if filename is not None:
            form.files[name[1]] = Upload(filename[1], content)
        else:
            values = form.fields.setdefault(name[1].removesuffix("[]"), [])
            values.append(content.decode("utf-8", "replace"))
    return form

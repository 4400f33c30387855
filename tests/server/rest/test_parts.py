"""The parts that need no process: forms, sums, tokens, captions; and the checker itself."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import ValidationError

from server.rest.hosted import work
from server.rest.multipart import parse
from server.rest.problems import Problem
from server.rest.thinking import tokens_of
from server.rest.transcripts import captions
from tests.server import contract
from tests.server.rest.checked import check_body, check_stream

TYPE = "multipart/form-data; boundary=xyz"
CODE: Any = [{"type": "code_interpreter"}]


def test_the_checker_can_fail() -> None:
    if not contract.is_present():
        pytest.skip(contract.ABSENT)
    with pytest.raises(ValidationError):
        check_body("POST", "/threads", 200, {"id": "thread_1", "object": "thread"})
    with pytest.raises(ValidationError):
        check_body("GET", "/threads/thread_1", 404, {"error": "not found"})
    with pytest.raises(ValidationError):
        check_stream("/responses", b'event: x\ndata: {"type": "response.created"}\n\n')
    with pytest.raises(ValidationError):
        check_stream("/threads/x/runs", b'event: thread.run.created\ndata: {"id": "run_1"}\n\n')


def test_form_with_fields_and_a_file() -> None:
    data = bytes(range(256)) + b"\r\n--xy not the boundary"
    body = (
        b'--xyz\r\nContent-Disposition: form-data; name="keywords[]"\r\n\r\none\r\n'
        b'--xyz\r\nContent-Disposition: form-data; name="keywords[]"\r\n\r\n\xe4\xb8\x80\r\n'
        b'--xyz\r\nContent-Disposition: form-data; name="file"; filename="a b.wav"\r\n'
        b"Content-Type: audio/wav\r\n\r\n" + data + b"\r\n--xyz--\r\n"
    )
    form = parse(TYPE, body)
    assert form.fields == {"keywords": ["one", "\u4e00"]}
    assert (form.files["file"].name, form.files["file"].data) == ("a b.wav", data)


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("application/json", b"{}"),
        ("multipart/form-data", b"--xyz--"),
        (TYPE, b""),
        (TYPE, b"--xyz\r\nunfinished"),
        (TYPE, b"--xyz\r\n\r\n--xyz--"),
        (TYPE, b"--xyz\r\nContent-Disposition: form-data\r\n\r\nx\r\n--xyz--"),
    ],
)
def test_forms_that_are_none(kind: str, body: bytes) -> None:
    with pytest.raises(Problem, match="multipart"):
        parse(kind, body)


@given(st.text())
def test_tokens_joined_are_the_text(text: str) -> None:
    assert "".join(tokens_of(text)) == text


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ("What is 2 + 3 * 4?", "14"),
        ("Calculate (1 + 2) * 3 please", "9"),
        ("what is 7 divided by 2", "3.5"),
        ("2 to the power of 10", "1024"),
        ("What is 1,000 times 3?", "3000"),
        ("10 / 0", "ZeroDivisionError: division by zero"),
    ],
)
def test_sums(said: str, found: str) -> None:
    done = work(CODE, said)
    assert done is not None
    assert done.found.strip() == found


@pytest.mark.parametrize(
    "said", ["Hello", "I am 30", "9 ** 9 ** 9 ** 9", "2020-11-20 or so?", "1 +"]
)
def test_no_sums(said: str) -> None:
    done = work(CODE, said)
    assert done is None or len(done.found) < 200


def test_captions() -> None:
    assert captions("One two three four five. Six.", 3661.5, "srt").startswith(
        "1\n00:00:00,000 --> 00:"
    )
    assert "01:01:01.500\n" in captions("One. Two.", 3661.5, "vtt")

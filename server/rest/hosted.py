"""Hosted tools: a code interpreter that does sums, a file search that finds nothing."""

from __future__ import annotations

import ast
import operator
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Literal

from server.rest.shelf import Document

_SUM = re.compile(r"(?<![\w.])\(*-?\d[\d\s.+\-*/^()%]*[+\-*/^%][\d\s.+\-*/^()%]*\d\)*(?![\w])")
_WORDS = {
    r"\bplus\b": "+",
    r"\bminus\b": "-",
    r"\b(?:times|multiplied by)\b": "*",
    r"\b(?:divided by|over)\b": "/",
    r"\bto the power of\b": "^",
}
_SEARCHES = re.compile(r"(?i)\b(files?|documents?|pdf|manual|handbook|search|look up)\b")
_OPERATIONS: dict[type[ast.AST], Callable[..., float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Mod: operator.mod,
    ast.USub: operator.neg,
}
LARGEST_POWER = 100


@dataclass(frozen=True, slots=True)
class Work:
    """What a hosted tool did."""

    kind: Literal["code_interpreter", "file_search"]
    told: str
    """The code, or what was searched for."""
    found: str
    answer: str

    def response_item(self, new_id: Callable[[str], str]) -> Document:
        """As an output item of a response."""
        if self.kind == "code_interpreter":
            return {
                "id": new_id("ci"),
                "type": "code_interpreter_call",
                "status": "completed",
                "code": self.told,
                "container_id": new_id("cntr"),
                "outputs": [{"type": "logs", "logs": self.found}],
            }
        return {
            "id": new_id("fs"),
            "type": "file_search_call",
            "status": "completed",
            "queries": [self.told],
            "results": None,
        }

    def step_call(self, ident: str) -> Document:
        """As a tool call of a run step."""
        if self.kind == "code_interpreter":
            outputs = [{"type": "logs", "logs": self.found}]
            details = {"input": self.told, "outputs": outputs}
            return {"id": ident, "type": "code_interpreter", "code_interpreter": details}
        ranking = {"ranker": "default_2024_08_21", "score_threshold": 0.0}
        search = {"ranking_options": ranking, "results": []}
        return {"id": ident, "type": "file_search", "file_search": search}


def work(tools: Iterable[Document], said: str) -> Work | None:
    """What the hosted tools among these would do about it; None: nothing."""
    kinds = {tool["type"] for tool in tools}
    if "code_interpreter" in kinds:
        done = _calculate(said)
        if done is not None:
            return done
    if "file_search" in kinds and _SEARCHES.search(said):
        answer = "I searched the files, but found nothing about that in them."
        return Work("file_search", said, "", answer)
    return None


def _calculate(said: str) -> Work | None:
    text = said.replace(",", "") if re.search(r"\d,\d{3}\b", said) else said
    for words, sign in _WORDS.items():
        text = re.sub(words, sign, text, flags=re.IGNORECASE)
    found = _SUM.search(text)
    if found is None:
        return None
    code = found[0].strip().replace("^", "**")
    try:
        value = _value(ast.parse(code, mode="eval").body)
    except ZeroDivisionError:
        logs = "ZeroDivisionError: division by zero"
        return Work("code_interpreter", f"print({code})", logs, "That divides by zero.")
    except (SyntaxError, ValueError, OverflowError, TypeError):
        return None
    shown = f"{value:.10g}" if isinstance(value, float) and abs(value) < 1e10 else str(value)
    answer = f"I have calculated it: {found[0].strip()} is {shown}."
    return Work("code_interpreter", f"print({code})", f"{shown}\n", answer)


def _value(node: Any) -> float:
    """Raises ValueError for anything that is not arithmetic."""
    if isinstance(node, ast.Constant) and isinstance(node.value, int | float):
        return node.value
    if isinstance(node, ast.BinOp):
        left, right = _value(node.left), _value(node.right)
        if isinstance(node.op, ast.Pow):
            if abs(right) > LARGEST_POWER or abs(left) > 10**LARGEST_POWER:
                raise ValueError("too large")
            return float(left**right) if isinstance(left**right, float) else left**right
        if type(node.op) in _OPERATIONS:
            return _OPERATIONS[type(node.op)](left, right)
    if isinstance(node, ast.UnaryOp) and type(node.op) in _OPERATIONS:
        return _OPERATIONS[type(node.op)](_value(node.operand))
    raise ValueError("not arithmetic")

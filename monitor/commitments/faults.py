"""What the YAML library refuses, in words that help an editor."""

from __future__ import annotations

import re

import yaml

from monitor.lint import Document, Problem

# Words of libyaml's messages, and the case of rule "yaml" that explains them.
CASES = (
    ("tab character", "tab"),
    ("mapping values are not allowed", "colon-inside"),
    ("could not find expected ':'", "no-colon"),
    ("did not find expected ',' or ']'", "list-end"),
    ("did not find expected ',' or '}'", "braces-end"),
    ("did not find expected key", "indentation"),
    ("did not find expected '-' indicator", "indentation"),
    ("block sequence entries are not allowed", "indentation"),
    ("block mapping entries", "indentation"),
    ("found unexpected end of stream", "quote-end"),
    ("found unexpected document indicator", "quote-end"),
    ("unknown escape character", "escape"),
    ("expected a single document", "documents"),
    ("found undefined alias", "unknown-alias"),
    ("did not find expected <document start>", "not-a-record"),
    ("did not find expected alphabetic or numeric character", "special-start"),
    ("did not find expected whitespace or line break", "special-start"),
    ("did not find URI escaped octet", "special-start"),
    ("expected comment or line break", "block-start"),
)
# Cases that are seen far below the place where something was opened.
NOT_CLOSED = {"list-end", "braces-end", "quote-end"}
# Cases that a quote may lead to which was closed only by the first quote of a later line.
MAYBE_QUOTE = {"indentation", "colon-inside", "no-colon", "list-end"}
OPEN_QUOTE = re.compile(r"(?m)^[ ]*(?:- )?[\w-]+: (\"[^\"\n]*|'[^'\n]*)$")


def decode(document: Document, body: bytes) -> str | None:
    """Read the bytes of a file as text; None where they are not UTF-8, which the document's problems then say."""
    if body.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\x00" in body[:200]:
        document.problems.append(document.problem_at(1, 1, "encoding.utf-16"))
        return None
    if body.startswith(b"\xef\xbb\xbf"):
        document.problems.append(document.problem_at(1, 1, "encoding.mark"))
        body = body[3:]
    try:
        return body.decode("utf-8").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = body[: error.start].count(b"\n") + 1
        column = error.start - body.rfind(b"\n", 0, error.start)
        byte = body[error.start : error.start + 1]
        shown = byte.decode("cp1252", errors="replace")
        document.problems.append(
            document.problem_at(line, column, "encoding.byte", byte=f"{byte[0]:#04x}", shown=shown)
        )
        return None


def not_yaml(document: Document, error: yaml.MarkedYAMLError) -> Problem:
    """Say where and why a text is not YAML."""
    mark = error.problem_mark or error.context_mark
    line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
    what = error.problem or error.context or "not YAML"
    if "cannot start any token" in what:
        return _bad_start(document, line, column)
    case = next((case for words, case in CASES if words in what), "other")
    if case in MAYBE_QUOTE and (opened := OPEN_QUOTE.search(_until(document.text, line))):
        case, line = "quote-end", document.text[: opened.start(1)].count("\n") + 1
        column = opened.start(1) - document.text.rfind("\n", 0, opened.start(1))
    elif case in NOT_CLOSED and error.context_mark:
        line, column = error.context_mark.line + 1, error.context_mark.column + 1
    return document.problem_at(line, column, f"yaml.{case}", detail=what)


def _until(text: str, line: int) -> str:
    return "\n".join(text.split("\n")[:line])


def not_text(document: Document, error: yaml.reader.ReaderError) -> Problem:
    """Say where a character stands that no text may hold."""
    match = re.search(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\x80-\x84\x86-\x9f\ufffe\uffff]", document.text)
    position = match.start() if match else 0
    line = document.text[:position].count("\n") + 1
    column = position - document.text.rfind("\n", 0, position)
    code = f"U+{ord(match[0]) if match else error.character:04X}"
    return document.problem_at(line, column, "encoding.control", character=code)


def _bad_start(document: Document, line: int, column: int) -> Problem:
    character = document.text.split("\n")[line - 1][column - 1 : column]
    case = "tab" if character == "\t" else "bad-start"
    return document.problem_at(line, column, f"yaml.{case}", character=character)

"""A document's text -> graphql-core's syntax tree, by a lexer that reads a token by one regular expression.

graphql-core's lexer looks at every character in Python: 0.7 s for 900 kB of comments, and half of the time of any
document. This one reads what is written well; whatever it doesn't know (wrong characters, numbers and strings) it hands
to graphql-core's, so errors are the same. Invariant: the tree and its locations equal those of ``graphql.parse``.
Comments are no tokens here, and a token doesn't know its own line: errors count lines from offsets.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Mapping
from typing import Final

from graphql import Source, TokenKind
from graphql.language import Lexer, Location, SourceLocation, Token, ast
from graphql.language.parser import Parser, nested_too_deeply_error

# GraphQL specification, section 2.9.4. A pair of escaped surrogates is one character.
_HEX: Final = "[0-9A-Fa-f]"
_UNIT: Final = rf"[0-9A-CE-Fa-ce-f]{_HEX}{{3}}|[Dd][0-7]{_HEX}{{2}}"
_PAIR: Final = rf"[Dd][89ABab]{_HEX}{{2}}\\u[Dd][C-Fc-f]{_HEX}{{2}}"
_POINT: Final = rf"\{{0{{0,2}}(?:{_HEX}{{1,3}}|0{{0,2}}(?:{_UNIT}|0?(?:[1-9A-Fa-f]{_HEX}{{4}}|10{_HEX}{{4}})))\}}"
_WRITTEN: Final = rf'(?:[^"\\\n\r\ud800-\udfff]++|\\(?:["\\/bfnrt]|u(?:{_UNIT}|{_PAIR}|{_POINT})))*+'
_BLOCK_WRITTEN: Final = r'(?:[^"\\\ud800-\udfff]++|"(?!"")|\\"""|\\(?!"""))*+'
_WELL_WRITTEN: Final = re.compile(_WRITTEN)
_BLOCK_WELL_WRITTEN: Final = re.compile(_BLOCK_WRITTEN)

# GraphQL specification, section 2.1. Each alternative is one group; the group's number tells which it is.
_TOKEN: Final = re.compile(
    r"(?:[ \t,\ufeff\n\r]++|#[^\n\r\ud800-\udfff]*+)*+"
    r"(?:([A-Za-z_][A-Za-z0-9_]*+)"
    r"|([!$&()\[\]{}:=@|])"
    r"|(\.\.\.)"
    r"|(-?(?:0|[1-9][0-9]*+))(?![0-9A-Za-z_.])"
    r'|"(?!"")([^"\\\n\r\ud800-\udfff]*+)"'
    rf'|"(?!"")({_WRITTEN})"'
    rf'|"""({_BLOCK_WRITTEN})"""'
    r"|(\Z)"
    r"|)",
)
_NAME, _PUNCTUATOR, _SPREAD, _INT, _STRING, _ESCAPED, _BLOCK, _END = range(1, 9)

_PUNCTUATORS: Final[Mapping[str, TokenKind]] = {
    kind.value: kind
    for kind in (
        TokenKind.BANG,
        TokenKind.DOLLAR,
        TokenKind.AMP,
        TokenKind.PAREN_L,
        TokenKind.PAREN_R,
        TokenKind.COLON,
        TokenKind.EQUALS,
        TokenKind.AT,
        TokenKind.BRACKET_L,
        TokenKind.BRACKET_R,
        TokenKind.BRACE_L,
        TokenKind.BRACE_R,
        TokenKind.PIPE,
    )
}

_ESCAPE: Final = re.compile(
    r"\\(?:u([Dd][89ABab]..)\\u(....)|u\{(\w+)\}|u(....)|(.))",
)
_MEANS: Final = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_LINE: Final = re.compile(r"\r\n|\n|\r")


def parse(text: str) -> ast.DocumentNode:
    """Parse a document, in which no selection set may be empty. Raises :class:`GraphQLSyntaxError`."""
    source = _Source(text)
    parser = _Parser(source, lexer=_Lexer(source), allow_empty_selection_sets=False)
    try:
        return parser.parse_document()
    except RecursionError:
        pass
    raise nested_too_deeply_error(parser)


class _Source(Source):
    """Finds lines by bisection: an error tells its places, and a document can have many errors."""

    _lines: list[int] | None = None

    def get_location(self, position: int) -> SourceLocation:
        """Return the line and column of an offset, both from 1."""
        if self._lines is None:
            self._lines = [0, *(found.end() for found in _LINE.finditer(self.body))]
        line = bisect_right(self._lines, position)
        return SourceLocation(line, position + 1 - self._lines[line - 1])


class _Lexer(Lexer):
    def __init__(self, source: Source) -> None:
        super().__init__(source)
        self._ahead: Token | None = None

    def advance(self) -> Token:
        """Go on to the next token."""
        last = self.last_token = self.token
        ahead = self._ahead
        if ahead is None:
            ahead = self.read_next_token(last.end)
        else:
            self._ahead = None
        self.token = ahead
        return ahead

    def lookahead(self) -> Token:
        """Read the next token without going on to it."""
        if self._ahead is None:
            self._ahead = self.read_next_token(self.token.end)
        return self._ahead

    def read_next_token(self, start: int) -> Token:
        """Read the token after what is ignored from ``start``."""
        found = _TOKEN.match(self.source.body, start)
        assert found is not None  # nothing at all is a match
        group = found.lastindex
        if group is None:
            # After what is ignored, since graphql-core's lexer makes tokens of comments.
            return super().read_next_token(found.end())
        value, end = found[group], found.end()
        begin = found.start(group)
        if group == _NAME:
            return Token(TokenKind.NAME, begin, end, 0, 0, value)
        if group == _PUNCTUATOR:
            return Token(_PUNCTUATORS[value], begin, end, 0, 0)
        return _other(group, begin, end, value)

    def read_string(self, start: int) -> Token:
        """Read a string in which something is wrong: graphql-core says what, and needn't look at all before it."""
        begin = start + 1
        found = _WELL_WRITTEN.match(self.source.body, begin)
        wrong = begin if found is None else found.end()
        rest = super().read_string(wrong - 1)
        value = _ESCAPE.sub(_unescape, self.source.body[begin:wrong]) + (rest.value or "")
        return Token(TokenKind.STRING, start, rest.end, 0, 0, value)

    def read_block_string(self, start: int) -> Token:
        """Read a block string in which something is wrong."""
        found = _BLOCK_WELL_WRITTEN.match(self.source.body, start + 3)
        if found is not None:
            super().read_block_string(found.end() - 3)
        return super().read_block_string(start)


def _other(group: int, begin: int, end: int, value: str) -> Token:
    if group == _SPREAD:
        return Token(TokenKind.SPREAD, begin, end, 0, 0)
    if group == _INT:
        return Token(TokenKind.INT, begin, end, 0, 0, value)
    if group == _STRING:
        return Token(TokenKind.STRING, begin - 1, end, 0, 0, value)
    if group == _ESCAPED:
        return Token(TokenKind.STRING, begin - 1, end, 0, 0, _ESCAPE.sub(_unescape, value))
    if group == _BLOCK:
        lines = _LINE.split(value.replace('\\"""', '"""'))
        return Token(TokenKind.BLOCK_STRING, begin - 3, end, 0, 0, "\n".join(_dedent(lines)))
    return Token(TokenKind.EOF, begin, end, 0, 0)


def _unescape(found: re.Match[str]) -> str:
    code = found[4] or found[3]
    if code is not None:
        return chr(int(code, 16))
    if found[1] is not None:
        return chr(0x10000 + ((int(found[1], 16) & 0x3FF) << 10 | int(found[2], 16) & 0x3FF))
    return _MEANS.get(found[5], found[5])


def _dedent(lines: list[str]) -> list[str]:
    """Take blank lines at both ends and the common indentation away (BlockStringValue, section 2.9.4)."""
    indent: int | None = None
    first, last = len(lines), 0
    for number, line in enumerate(lines):
        text = line.lstrip(" \t")
        if not text:
            continue
        first, last = min(first, number), number + 1
        if number and indent != 0:
            width = len(line) - len(text)
            indent = width if indent is None or width < indent else indent
    if indent:
        lines = [lines[0], *[line[indent:] for line in lines[1:]]]
    return lines[first:last]


class _Parser(Parser):
    def advance_lexer(self) -> None:
        """Go on, without counting: tokens were counted before."""
        self._lexer.advance()

    def parse_field(self) -> ast.FieldNode:
        """Field : Alias? Name Arguments? Directives? SelectionSet? (the same as inherited, with fewer calls)."""
        lexer, source = self._lexer, self._lexer.source
        start = lexer.token
        if start.kind is not TokenKind.NAME:
            return super().parse_field()
        alias = None
        name = ast.NameNode(value=start.value or "", loc=Location(start, start, source))
        token = lexer.advance()
        if token.kind is TokenKind.COLON:
            lexer.advance()
            alias, name = name, self.parse_name()
            token = lexer.token
        arguments = self.parse_arguments(False) if token.kind is TokenKind.PAREN_L else None
        directives = self.parse_directives(False) if lexer.token.kind is TokenKind.AT else None
        below = self.parse_selection_set() if lexer.token.kind is TokenKind.BRACE_L else None
        return ast.FieldNode(
            alias=alias,
            name=name,
            arguments=arguments,
            directives=directives,
            selection_set=below,
            loc=Location(start, lexer.last_token, source),
        )

"""Documents that were made to cost much, and the graph that they are asked of.

Enters: nothing. Leaves: documents by name. Invariant: each is within the body limit, and those that are valid are valid
for :data:`SUBGRAPHS`, so that what refuses them is a limit, never a typing mistake.
"""

from __future__ import annotations

from typing import Final

_LINK: Final = 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.3", import: ["@key"])\n'

#: Two subgraphs that both know an entity, an interface and a union, so that any of it has more than one way to go.
SUBGRAPHS: Final = {
    "left": _LINK
    + """
type Query { n: Node  nodes(first: Int, filter: Filter): [Node!]!  pet: Pet  any: Animal }
input Filter { text: String  and: [Filter!]  ids: [ID!] }
type Node @key(fields: "id") { id: ID!  s: String  n: Node  pet: Pet  pets: [Pet!]! }
interface Pet { id: ID!  name: String  pet: Pet }
type Dog implements Pet @key(fields: "id") { id: ID!  name: String  pet: Pet  bark: Int }
type Cat implements Pet @key(fields: "id") { id: ID!  name: String  pet: Pet  meow: Int }
union Animal = Dog | Cat
""",
    "right": _LINK
    + """
type Query { right: Node }
type Node @key(fields: "id") { id: ID!  far: String  next: Node }
type Dog @key(fields: "id") { id: ID!  owner: Node }
type Cat @key(fields: "id") { id: ID!  owner: Node }
""",
}


def _doubling(count: int, first: str, second: str) -> str:
    """Fragments of which each spreads the next one twice, in the two given places."""
    spreads = "".join(
        f"fragment F{n} on Node{{{first % f'...F{n + 1}'} {second % f'...F{n + 1}'}}}" for n in range(count)
    )
    return "{n{...F0}}" + spreads + f"fragment F{count} on Node{{id}}"


def _names(count: int) -> str:
    return " ".join(f"a{number}:id" for number in range(count))


def _nested(pieces: tuple[str, ...], levels: int, inner: str, close: int = 1) -> str:
    text = "".join(pieces[level % len(pieces)] for level in range(levels))
    return text + inner + "}" * (levels * close)


def _tree(levels: int, names: tuple[str, ...] = ("n", "pet{...on Dog{owner")) -> str:
    """A tree of fields, each with all the given ones below it."""
    if not levels:
        return "id"
    return " ".join(name + "{" + _tree(levels - 1, names) + "}" * (name.count("{") + 1) for name in names)


#: Named for what they do. The first four are those that cost a plain server most for their size.
ATTACKS: Final = {
    "200 equal objects": "{" + "n{id s}" * 200 + "}",
    "200 equal objects within one": "{n{" + "n{id s}" * 200 + "}}",
    "nested fragments on two types": "{pet{" + _nested(("...on Dog{name ", "...on Cat{name "), 340, "id") + "}}",
    "fragments side by side on two types": "{pet{" + "...on Dog{pet{id name}}...on Cat{pet{id name}}" * 165 + "}}",
    "fragments on two types, ten deep": "{pet{"
    + "".join(_nested(("...on Dog{pet{", "...on Cat{pet{"), 10, "id", 2) for _ in range(40))
    + "}}",
    "two ways at each of twelve levels": "{pet{"
    + "...on Dog{pet{name " * 12
    + "id"
    + "}}...on Cat{pet{name id}}" * 12
    + "}}",
    "10,000 aliases": "{n{" + _names(10_000) + "}}",
    "4,900 aliases": "{n{" + _names(4_900) + "}}",
    "500 aliases, within the limit": "{n{" + _names(500) + "}}",
    "fragments that double 18 times": _doubling(18, "%s", "%s"),
    "fragments that double 18 times, at fields": _doubling(18, "n{%s}", "m:n{%s}"),
    "fragments that double 18 times, at one field": _doubling(18, "n{%s}", "n{s %s}"),
    "fragments that double 12 times, within the height": _doubling(12, "n{%s}", "next{%s}"),
    "fragments that double under conditions": "query($a:Boolean!,$b:Boolean!)"
    + _doubling(11, "...@include(if:$a){%s}", "...@skip(if:$b){n{%s}}"),
    "circular fragments": "{n{...A}} fragment A on Node{...B} fragment B on Node{...A}",
    "2,000 levels": "{" + _nested(("n{",), 2_000, "id") + "}",
    "7,000 levels, not closed": "{" + "n{" * 7_000,
    "99 levels": "{" + _nested(("n{",), 98, "id") + "}",
    "99 levels, back and forth": "{n{" + _nested(("next{", "n{"), 97, "s far") + "}}",
    "5,000 root fields": "{" + " ".join(f"r{number}:__typename" for number in range(5_000)) + "}",
    "100 root fields": "{" + " ".join(f"r{number}:n{{id far}}" for number in range(100)) + "}",
    "5,000 times one root field": "{" + "__typename " * 5_000 + "}",
    "3,000 directives": "{n{id " + "@skip(if:false)" * 2_990 + "}}",
    "7,000 directives that don't exist": "{n{id " + "@no" * 7_000 + "}}",
    "a list in a list, 7,000 levels": "{nodes(first:" + "[" * 7_000 + "]" * 7_000 + "){id}}",
    "an input object, 2,000 levels": "{nodes(filter:" + "{and:" * 2_000 + "{}" + "}" * 2_000 + "){id}}",
    "14,000 values": "{nodes(filter:{ids:[" + "1 " * 14_000 + "]}){id}}",
    "4,900 arguments of one name": "{nodes(" + "first:1 " * 4_900 + "){id}}",
    "3,700 variables": "query(" + " ".join(f"$v{number}:Int" for number in range(3_700)) + "){n{id}}",
    "3,700 variables of one name": "query(" + "$v:Int " * 3_700 + "){n{id}}",
    "a variable used 2,900 times": "query($v:Int){" + "nodes(first:$v){id}" * 1_450 + "}",
    "1,600 operations": " ".join(f"query Q{number}{{n{{id s}}}}" for number in range(1_600)),
    "1,600 fragments that nothing spreads": "{n{id}}"
    + "".join(f"fragment F{number} on Node{{id s}}" for number in range(1_600)),
    "900 fragments, each in the next": "{n{...F0}}"
    + "".join(f"fragment F{number} on Node{{...F{number + 1}}}" for number in range(900))
    + "fragment F900 on Node{id}",
    "7,000 unknown fragments": "{n{" + " ".join(f"...U{number}" for number in range(7_000)) + "}}",
    "9,000 unknown fields": "{n{" + " ".join(f"x{number}" for number in range(9_000)) + "}}",
    "250 conflicts": "{n{" + " ".join(f"a{number}:id a{number}:s" for number in range(250)) + "}}",
    "100 conflicts of arguments": "{" + " ".join(f"nodes(first:{n}){{id}}" for n in range(100)) + "}",
    "9,900 fields": "{n{" + "id " * 9_900 + "}}",
    "9,900 fields on 90 levels": "{" + ("n{" + "id " * 109) * 90 + "id" + "}" * 91,
    "3,700 equal objects": "{n{" + "n{id}" * 3_700 + "}}",
    "700 objects that differ by blanks": "{n{" + "".join(f"n{{id{' ' * number}}}" for number in range(700)) + "}}",
    "a tree of 8 levels": "{n{" + _tree(8) + "}}",
    "a tree of 8 levels, to and fro": "{n{" + _tree(8, ("n", "next")) + "}}",
    "14,000 fields": "{n{" + "id " * 14_000 + "}}",
    "14,000 fields on 99 levels": "{" + ("n{" + "id " * 140) * 98 + "id" + "}" * 99,
    "500,000 tokens": "{" + "n " * 500_000 + "}",
    "a string of 900 kB": '{nodes(filter:{text:"' + "x" * 900_000 + '"}){id}}',
    "900 kB of nothing": "\n" * 900_000 + "{n{id}}",
    "900 kB of comments": "#\n" * 450_000 + "{n{id}}",
    "a name of 900 kB": "{" + "x" * 900_000 + "}",
    "150,000 escapes in a string": '{nodes(filter:{text:"' + "\\u00e9" * 150_000 + '"}){id}}',
    "75,000 pairs of surrogates in a string": '{nodes(filter:{text:"' + "\\ud83d\\ude00" * 75_000 + '"}){id}}',
    "300,000 letters of two to four bytes": '{nodes(filter:{text:"' + "\u00e9\u4e2d\U0001f600" * 100_000 + '"}){id}}',
    "a block string of 450,000 lines": '{nodes(filter:{text:"""' + "\n " * 450_000 + '"""}){id}}',
    "a block string of 225,000 escaped quotes": '{nodes(filter:{text:"""' + '\\"""' * 225_000 + '"""}){id}}',
    "a wrong escape after 900 kB of a string": '{nodes(filter:{text:"' + "x" * 900_000 + '\\x"}){id}}',
    "a wrong letter after 900 kB of a block string": '{nodes(filter:{text:"""' + "x" * 900_000 + "\ud800",
    "110,000 points in a string": '{nodes(filter:{text:"' + "\\u{1f60}" * 110_000 + '"}){id}}',
    "conflicts after 900 kB of nothing": " " * 900_000 + "{n{" + "".join(f"a{n}:id a{n}:s " for n in range(200)) + "}}",
    "an unfinished string of 900 kB": '{nodes(filter:{text:"' + "x" * 900_000,
    "digits of 900 kB": "{nodes(first:" + "9" * 900_000 + "){id}}",
    "a letter that is none, after 900 kB": " " * 900_000 + "{\u4e2d}",
    "100 conditions on fields of another service": "query("
    + " ".join(f"$c{number}:Boolean!" for number in range(100))
    + "){n{"
    + " ".join(f"f{number}:far @include(if:$c{number})" for number in range(100))
    + "}}",
    "100 conditions on objects of another service": "query("
    + " ".join(f"$c{number}:Boolean!" for number in range(100))
    + "){n{"
    + " ".join(f"f{number}:next @skip(if:$c{number}){{far s}}" for number in range(100))
    + "}}",
    "90 conditions, each within the last": "query("
    + " ".join(f"$c{number}:Boolean!" for number in range(90))
    + "){n{"
    + _nested(tuple(f"next @include(if:$c{number}){{s " for number in range(90)), 90, "far")
    + "}}",
    "40 conditions, to and fro in fragments": "query("
    + " ".join(f"$c{number}:Boolean!" for number in range(40))
    + "){n{"
    + _nested(
        tuple(f"...@include(if:$c{n}){{far n{{s ...@skip(if:$c{n + 1}){{next{{" for n in range(0, 40, 2)), 20, "id", 4
    )
    + "}}",
    "one condition on 240 fields in both senses": "query($c:Boolean!){n{"
    + " ".join(f"a{number}:far @include(if:$c) b{number}:s @skip(if:$c)" for number in range(240))
    + "}}",
    "2,000 fragments on the members of a union": "{any{" + "...on Dog{bark}...on Cat{meow}" * 1_000 + "}}",
    "400 fragments on a union, each different": "{any{"
    + " ".join(f"...on {('Dog', 'Cat')[number % 2]}{{d{number}:owner{{far}}}}" for number in range(400))
    + "}}",
    "a union's owners, nine levels": "{any{"
    + "...on Dog{owner{far pet{" * 9
    + "id"
    + "}}}...on Cat{owner{s far pet{name id}}}" * 9
    + "}}",
    "an interface in itself, 90 levels": "{pet{"
    + _nested(("...on Pet{pet{", "...on Dog{owner{pet{"), 45, "id", 2)
    + "}" * 22
    + "}}",
    "fragments on one type within each other": "{n{" + _nested(("...on Node{id ",), 120, "s") + "}}",
    "1,900 spreads of one fragment": "{n{" + "...F n{...F}" * 1_900 + "}} fragment F on Node{id s n{id} pet{name}}",
    "19 equal fields with 700 values each": "{n{id} " + ("nodes(filter:{ids:[" + "1 " * 700 + "]}){id}") * 19 + "}",
    "19 fields with 700 values each, the last not equal": "{n{id} "
    + "".join("nodes(filter:{ids:[" + "1 " * 700 + str(number) + "]}){id}" for number in range(19))
    + "}",
    "a default of 3,000 objects": "query($f:Filter={and:[" + "{text:1}" * 3_000 + "]}){nodes(filter:$f){id}}",
    "1,400 variables with objects as defaults": "query("
    + " ".join(f'$v{number}:Filter={{text:"x"}}' for number in range(1_400))
    + "){n{id}}",
    "100 introspections": "{" + " ".join(f'i{n}:__type(name:"Node"){{fields{{name}}}}' for n in range(100)) + "}",
    "introspection of fields of fields": "{__schema{types{" + "fields{type{" * 20 + "name" + "}}" * 20 + "}}}",
    "1,600 operations of one name": "query Q{n{id s}}" * 1_600,
    "1,600 fragments of one name": "{n{...F}}" + "fragment F on Node{id s}" * 1_600,
    "2,100 subscriptions": "subscription{n{id}}" * 2_100,
    "2,400 unknown types": "{n{" + " ".join(f"...on T{number}{{id}}" for number in range(2_400)) + "}}",
    "2,100 definitions of types": " ".join(f"type T{number}{{a:Int}}" for number in range(2_100)),
    "4,900 unknown arguments": "{nodes(" + " ".join(f"x{number}:1" for number in range(4_900)) + "){id}}",
    "400 deferred fragments": "{n{" + "...@defer{far}" * 400 + "}}",
    "90 deferred fragments, each within the last": "{n{" + _nested(("...@defer{next{s ",), 90, "far", 2) + "}}",
}

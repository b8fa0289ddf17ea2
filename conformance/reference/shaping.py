"""Restructures the body of an answer by `fields`, `select`, `flatten` and `envelope`."""

from collections.abc import Iterator, Mapping

from conformance.reference.wire import Json, Reply

DEEPEST_FIELD = 10


class Shaping:
    def shape(self, tree: Json, query: Mapping[str, str]) -> Json:
        """Applies each parameter to the result of the one before (DOC:204)."""
        if query.get("fields"):
            tree = self.only(tree, query["fields"].split(","))
        if query.get("select"):
            tree = self.selected(tree, query["select"])
        if query.get("flatten") == "true":
            tree = dict(long_keys(tree))
        return tree

    def only(self, tree: Json, fields: list[str]) -> Json:
        if isinstance(tree, list):
            return [self.only(item, fields) for item in tree]
        if not isinstance(tree, dict):
            return tree
        kept: dict[str, Json] = {}
        for field in fields:
            copy_path(tree, kept, field.split(".", DEEPEST_FIELD))
        return kept

    def selected(self, tree: Json, path: str) -> Json:
        """The values whose long key matches the path, in which * matches any element."""
        wanted = path.split(".")
        return {key: value for key, value in long_keys(tree) if matches(key.split("."), wanted)}

    def envelope(self, reply: Reply, tree: Json) -> Json:
        """The whole answer as a body, for clients that cannot read status and headers."""
        envelope: dict[str, Json] = {"statusCode": reply.status, "headers": self.enveloped_headers(reply)}
        if reply.links:
            envelope["rel"] = dict(reply.links)
        if tree is not None:
            envelope["response"] = tree
        return envelope

    def enveloped_headers(self, reply: Reply) -> dict[str, str]:
        headers = {name.lower(): value for name, value in reply.headers}
        if reply.links:
            headers["link"] = ", ".join(f'<{url}>; rel="{relation}"' for relation, url in reply.links)
        return headers


def long_keys(tree: Json, prefix: str = "") -> Iterator[tuple[str, Json]]:
    """The leaves of a tree by their dotted path; elements of an array by their index."""
    if not isinstance(tree, dict | list) or not tree:
        yield prefix.removesuffix("."), tree
        return
    for name, value in tree.items() if isinstance(tree, dict) else enumerate(tree):
        yield from long_keys(value, f"{prefix}{name}.")


def matches(key: list[str], wanted: list[str]) -> bool:
    pairs = zip(key, wanted, strict=False)
    return len(key) == len(wanted) and all(want in {"*", part} for part, want in pairs)


def copy_path(source: Json, target: dict[str, Json], path: list[str]) -> None:
    name, *rest = path
    if not isinstance(source, dict) or name not in source:
        return
    if not rest:
        target[name] = source[name]
        return
    inner = target.setdefault(name, {})
    if isinstance(inner, dict):
        copy_path(source[name], inner, rest)

"""Shapes an answer after the operation: `fields`, `flatten`, `select`, and the envelope."""

from collections.abc import Callable, Mapping

from conformance.reference.wire import Json, Reply

DEEPEST_FIELD = 10


class Shaping:
    def shape(self, tree: Json, query: Mapping[str, str]) -> Json:
        """Applies the parameters in the order in which the service documents them."""
        if query.get("fields"):
            tree = each(tree, lambda item: self.only(item, query["fields"].split(",")))
        if query.get("flatten") == "true":
            tree = each(tree, self.flattened)
        if query.get("select"):
            tree = each(tree, lambda item: self.selected(item, query["select"]))
        return tree

    def only(self, item: Json, fields: list[str]) -> Json:
        kept: Json = {}
        for field in fields:
            copy_path(item, kept, field.split(".", DEEPEST_FIELD))
        return kept

    def flattened(self, item: Json, prefix: str = "") -> Json:
        flat: dict[str, Json] = {}
        for name, value in item.items():
            if isinstance(value, dict) and value:
                flat.update(self.flattened(value, f"{prefix}{name}."))
            else:
                flat[prefix + name] = value
        return flat

    def selected(self, item: Json, name: str) -> Json:
        return item.get(name, "")

    def envelope(self, reply: Reply, tree: Json) -> Json:
        """The whole answer as a body, for readers who see neither status nor headers."""
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


def each(tree: Json, change: Callable[[Json], Json]) -> Json:
    if isinstance(tree, list):
        return [change(item) if isinstance(item, dict) else item for item in tree]
    return change(tree) if isinstance(tree, dict) else tree


def copy_path(source: Json, target: Json, path: list[str]) -> None:
    name, *rest = path
    if not isinstance(source, dict) or name not in source:
        return
    if not rest:
        target[name] = source[name]
    else:
        copy_path(source[name], target.setdefault(name, {}), rest)

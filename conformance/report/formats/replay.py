"""Renders the shell script that repeats the exchanges of a finding with sh and curl, from nothing but the key.

$TARGET is the target, by default the one of the run. The script creates an application where the run created one, sets
up what the finding needs, requests the tokens and signs the JWTs that it sends, and calls everything that the run named
by a fresh name of its own. Each step prints the response after the status that the run received, so that the deviation
is visible without this suite.
"""

from __future__ import annotations

import base64
import json
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import unquote

from conformance.evidence.recipes import UNKNOWN
from conformance.evidence.records import LONGEST_REQUEST
from conformance.model import Credential, Exchange, Json, RouteFacts
from conformance.profile.way import FROM_ENVIRONMENT, OF_VARIABLE
from conformance.report.analysis.causes import Cause
from conformance.report.analysis.replay_plan import Capture, Plan, ReplaySource, owner_of, secrets_in
from conformance.report.text import curl
from conformance.report.text.safe_text import encodable, legible, shortened
from conformance.report.text.shell import Words, alteration, variable
from conformance.report.text.steps import runs, step_end, step_name

_HARMLESS = re.compile(r"[A-Za-z0-9:/._~%\[\]-]+")
"""A URL without characters that the shell might interpret."""
_OWN_KEY = variable("full")
_LONGEST_ARGUMENT = 64 * 1024
"""Bytes of a body; curl reads a longer one from a pipe, because an argument has a limit."""
_YEARS = 10 * 365 * 24 * 3600
_MOMENT = re.compile(r'(?<="timestamp":)(?P<gap> *)(?P<number>\d{13})(?=\D)')
_BOUND = re.compile(r"[?&](?:start|end)=\d{13}(?!\d)")
_TOKEN_REQUEST = re.compile(r"/keys/[^/?]*/requestToken")
_SIGNED = ("keyName", "ttl", "capability", "clientId", "timestamp", "nonce")

_HELPERS = {
    "b64": r"""b64() { printf %s "$1" | base64 | tr -d '\n'; }""",
    "b64url": r"""b64url() { base64 | tr -d '\n=' | tr '+/' '-_'; }""",
    "hmac": r"""hmac() { openssl dgst -sha256 -hmac "$1" -binary; }""",
    "jwt": r"""jwt() {
  signed=$(printf %s "$1" | b64url).$(printf %s "$2" | b64url)
  printf '%s.%s' "$signed" "$(printf %s "$signed" | hmac "$3" | b64url)"
}""",
    "member": r"""member() { grep -aoE "\"$1\": *\[?\"[^\"]*\"" "$3" | sed -n "$2s/.*\"\([^\"]*\)\"\$/\1/p"; }""",
    "next_query": r"""next_query() { sed -n 's/.*<\([^>]*\)>; *rel="*next.*/\1/p' "$1" | sed 's/[^?]*//;1q'; }""",
    "segment": r"""segment() { printf %s "$1" | sed 's/%/%25/g;s/@/%40/g;s/:/%3A/g;s/+/%2B/g;s/=/%3D/g;s,/,%2F,g'; }""",
    "keys_of": r"""keys_of() { grep -aoE '"(id|value)": *"[^"]*"' "$1" | awk -F'"' '$2 == "id" { id = $4 }
  $2 == "value" { print id ":" $4 }'; }""",
}
"""Functions of the script, each after those that it calls."""


def name(cause: Cause) -> str:
    return f"{cause.result.id}-{cause.key}.sh"


def script(cause: Cause, source: ReplaySource) -> str:
    return encodable("\n".join(_Script(cause, source, source.plan(cause.first)).lines())) + "\n"


@dataclass(frozen=True, slots=True)
class _Script:
    cause: Cause
    source: ReplaySource
    plan: Plan

    def lines(self) -> Iterator[str]:
        body = [*self._application(), *self._steps()]
        text = "\n".join(body)
        yield from self._head()
        yield from (code for code in _HELPERS.values() if _is_called(code, text))
        yield from self._key()
        yield from body

    # Before the first request --------------------------------------------------------------------------------------

    def _head(self) -> Iterator[str]:
        requirement, finding, header = self.cause.result.requirement, self.cause.first, self.source.evidence.header
        yield "#!/bin/sh"
        yield from _comment(f"{requirement.id} ({requirement.level.value}) {requirement.title}")
        yield from _comment(f"expected: {finding.expected}")
        yield from _comment(f"received: {finding.received}")
        yield from _comment("This script repeats the requests. TARGET: base URL of the server.")
        yield "set -u"
        for name, _, own in header.route.headers:
            if own:
                yield f': "${{{own}:?set it to the value of the header {name}}}"'
        yield f"TARGET=${{TARGET:-{header.url if _HARMLESS.fullmatch(header.url) else ''}}}"
        yield "NOW=$(date +%s)"
        yield "RUN=$(printf '%06x' $(( (NOW * 7919 + $$) % 16777216 )))"
        yield f'send() {{ curl -sS -i -g --path-as-is --max-time 60 {" ".join(_way(header.route))} "$@"; }}'
        yield _END

    def _key(self) -> Iterator[str]:
        used = {variable(name) for step in self.plan.steps for name in self._secrets_of(step)}
        is_needed = _OWN_KEY in {*used, *map(variable, self._keys)}
        if is_needed and not list(self._made_applications):
            yield ': "${ABLY_API_KEY:?set it to a key of the application, appId.keyId:secret}"'

    @property
    def _keys(self) -> dict[str, Credential]:
        """The keys of the run that the steps need, by name."""
        made = [each for each in self.source.evidence.credentials if each.owner.startswith(self._run)]
        known = {each.name: each for each in made if each.key_name}
        used = {name for step in self.plan.steps for name in self._secrets_of(step)}
        text = "".join(step.request.url + step.request.body.decode("utf-8", "replace") for step in self.plan.steps)
        return {
            name: key
            for name, key in known.items()
            if name in used or key.key_name in text or (name == "full" and key.key_name.partition(".")[0] in text)
        }

    @property
    def _run(self) -> str:
        """How the names begin that the run of these steps made: a report of several runs has keys of each."""
        return next((owner_of(each).rpartition("-")[0] for each in self.plan.steps), "")

    @property
    def _made_applications(self) -> Iterator[tuple[int, Exchange, tuple[Credential, ...]]]:
        for number, (exchange, keys) in enumerate(self.source.applications, 1):
            if owner_of(exchange).startswith(self._run) and {each.name for each in keys} & self._keys.keys():
                yield number, exchange, keys

    def _application(self) -> Iterator[str]:
        """The application that the run made, made again, unless the user has one and its key is enough."""
        for number, exchange, keys in self._made_applications:
            wanted = [each for each in keys if each.name in self._keys]
            is_given = [each.name for each in wanted] == ["full"]
            yield ""
            if is_given:
                yield 'if [ -z "${ABLY_API_KEY:-}" ]; then'
            yield "printf '\\n== set-up: POST /apps (an application as the run had it)\\n'"
            file = f'"$ANSWERS/app-{number}"'
            yield f"{self._command(exchange)} > {file}; head -n 1 {file}"
            yield f"APP_{number}=$(member appId 1 {file})"
            yield f': "${{APP_{number}:?the target created no application}}"'
            for position, key in enumerate(keys, 1):
                if key in wanted:
                    yield f"{variable(key.name)}=$APP_{number}.$(keys_of {file} | sed -n {position}p)"
            yield f'MADE="$MADE ${variable(wanted[0].name)}"'
            if is_given:
                yield "fi"

    # The requests --------------------------------------------------------------------------------------------------

    def _steps(self) -> Iterator[str]:
        number, captured, defined = 1, dict[str, Capture](), set[str]()
        for same in runs(self.plan.steps):
            exchange = same[-1]
            yield ""
            for name in self._secrets_of(exchange):
                if name not in {*defined, *captured, *self._keys} and variable(name) != _OWN_KEY:
                    defined.add(name)
                    yield from self._definition(exchange, name, captured)
            captures = [each for one in same for each in self.plan.captures.get(one.id, ())]
            yield from self._step(number, same, captured, is_kept=bool(captures))
            for capture in captures:
                yield _captured(capture, number)
                captured[capture.value or capture.variable] = capture
            number += len(same)

    def _secrets_of(self, exchange: Exchange) -> list[str]:
        """Those of a request, after those of which its credentials are made."""
        names: dict[str, None] = {}
        for secret in secrets_in(exchange):
            made = self.source.credential(owner_of(exchange), secret)
            names.update(dict.fromkeys(_names_in(made) if made else ()))
            names[secret] = None
        return [each for each in names if each in self._known_names(exchange)]

    def _known_names(self, exchange: Exchange) -> set[str]:
        """Secrets of this run; another text in angle brackets is none."""
        text = exchange.request.url + "".join(value for _, value in exchange.request.headers)
        known = {each.name for each in self.source.evidence.credentials if each.owner == owner_of(exchange)}
        own = {each for _, _, each in self.source.evidence.header.route.headers}
        return (known | set(re.findall(r"<secret:([^<>|]*)>", text)) | _members(exchange)) - own

    def _definition(self, exchange: Exchange, secret: str, captured: dict[str, Capture]) -> Iterator[str]:
        """The shell variable of a credential that is made here, by its recipe."""
        made = self.source.credential(owner_of(exchange), secret)
        words = self._words(exchange, captured)
        if made and made.claims is not None:
            header, claims = (self._json(words, part, exchange.started) for part in (made.header, made.claims))
            signer = f'"${{{variable(made.signed_by)}#*:}}"' if made.signed_by in self._keys else "another-secret"
            cut = "" if made.signed_by else " | sed 's/[^.]*$//'"
            yield f"{variable(secret)}=$(jwt {header} {claims} {signer}{cut})"
        elif made and made.text and not made.signed_by:
            yield f"{variable(secret)}={words.word(made.text)}"
        elif made and made.signed_by and (request := _token_request(exchange)):
            values = " ".join(self._signed(words, request.get(member), exchange.started) for member in _SIGNED)
            key = f'"${{{variable(made.signed_by)}#*:}}"'
            change = f" | {alteration(made.text)}" if made.text else ""
            yield f"{variable(secret)}=$(printf '%s\\n' {values} | hmac {key} | base64{change})"
        else:
            plain = re.sub(r"[^A-Za-z0-9]+", "-", secret)
            yield f"{variable(secret)}=a-replay-of-{plain}"

    def _json(self, words: Words, value: Json, started: float) -> str:
        """JSON as a word, with moments as far from now as they were then."""
        moments = {
            f'"{member}": {number}': f'\\"{member}\\": $((NOW {number - int(started):+d}))'
            for member, number in (value.items() if isinstance(value, dict) else ())
            if isinstance(number, int) and abs(number - started) < _YEARS
        }
        return words.word(json.dumps(value, ensure_ascii=False), moments)

    def _signed(self, words: Words, value: Json, started: float) -> str:
        if isinstance(value, int) and abs(value / 1000 - started) < _YEARS:
            return f'"{_milliseconds(value, started)}"'
        return words.word("" if value is None else str(value))

    def _words(self, exchange: Exchange, captured: dict[str, Capture]) -> Words:
        run = owner_of(exchange).removeprefix("conf-").partition("-")[0]
        values = {f"conf-{run}": "conf-$RUN"} if run else {}
        for key in self._keys.values():
            values[key.key_name] = f"${{{variable(key.name)}%%:*}}"
        for key in self._keys.values():
            values.setdefault(key.key_name.partition(".")[0], f"${{{variable(key.name)}%%.*}}")
        values = {text: values[text] for text in sorted(values, key=len, reverse=True)}
        secrets = {each: f"${variable(each)}" for each in (*self._keys, *self._secrets_of(exchange), *captured)}
        return Words(values, secrets, frozenset(self._keys))

    def _step(self, number: int, same: list[Exchange], captured: dict[str, Capture], *, is_kept: bool) -> Iterator[str]:
        """One request of a step; the run repeated it to wait for a change, which a replay by hand does not need."""
        exchange = same[-1]
        times = f", {len(same)} times" if len(same) > 1 else ""
        what = "" if exchange.id in self.plan.own else "set-up: "
        heading = f"{number}. {what}{step_name(exchange)} (the run received {step_end(exchange)}{times})"
        yield f"printf '\\n== %s\\n' {shlex.quote(legible(heading))}"
        if len(exchange.request.body) >= LONGEST_REQUEST:
            yield f"# The journal keeps {LONGEST_REQUEST:,} bytes of a request; this body was longer and is cut."
        if _BOUND.search(exchange.request.url):
            yield "# The times in this URL are those of the run: what was published then is not there now."
        kept = f' | tee "$ANSWERS/{number}"' if is_kept else ""
        yield self._command(exchange, captured, is_read=is_kept) + kept

    def _command(self, exchange: Exchange, captured: dict[str, Capture] | None = None, *, is_read: bool = False) -> str:
        """is_read: sh has to read the answer, so it is asked for in JSON."""
        request, words = exchange.request, self._words(exchange, captured or {})
        base = self.source.evidence.header.url
        links = {each.value: _expression(each) for each in (captured or {}).values() if each.value}
        tail = request.url.removeprefix(base)
        is_below = bool(base) and request.url.startswith(base)
        url = (
            f'"$TARGET"{words.word(tail, links)}'
            if is_below and tail
            else '"$TARGET"'
            if is_below
            else words.word(request.url)
        )
        moments: dict[str, str] = {}
        if _TOKEN_REQUEST.search(request.url):
            for found in _MOMENT.finditer(request.body.decode("utf-8", "replace")):
                moments[found["number"]] = _milliseconds(int(found["number"]), exchange.started)
        headers = [*self._headers(exchange, words, is_read=is_read)]
        parts = ["send", *curl.method_options(request), url, *headers]
        if not request.body:
            return " \\\n  ".join(parts)
        text = curl.as_text(request.body)
        if text is not None and len(request.body) < _LONGEST_ARGUMENT:
            return " \\\n  ".join([*parts, f"--data-raw {words.word(text, moments)}"])
        encoded = base64.b64encode(request.body).decode()
        run = owner_of(exchange).removeprefix("conf-").partition("-")[0]
        renamed = f'LC_ALL=C sed "s/conf-{run}/conf-$RUN/g" | ' if run.isalnum() else ""
        return f"printf %s {encoded} | base64 -d | {renamed}" + " \\\n  ".join([*parts, "--data-binary @-"])

    def _headers(self, exchange: Exchange, words: Words, *, is_read: bool) -> Iterator[str]:
        request = exchange.request
        if request.body and not request.lines("content-type"):
            yield "-H 'Content-Type:'"  # else curl sends one of its own
        for name, value in request.headers:
            if name.lower() == "accept" and is_read:
                yield "-H 'Accept: application/json'"
            elif name.lower() not in curl.MADE_BY_CURL and not self._is_of_the_way(name, value):
                yield f"-H {self._header(exchange, words, name, value)}"

    def _is_of_the_way(self, name: str, value: str) -> bool:
        """Whether `send` has the line already."""
        return any(
            name == own and value in {given, f"<secret:{variable_}>"}
            for own, given, variable_ in self.source.evidence.header.route.headers
        )

    def _header(self, exchange: Exchange, words: Words, name: str, value: str) -> str:
        scheme, _, secret = value.partition(" ")
        scheme = scheme if scheme.lower() in {"basic", "bearer"} else ""
        found = re.fullmatch(r"<secret:([^<>|]*)>", secret if scheme else value)
        if not found:
            return words.word(f"{name}: {value}" if value else f"{name};")
        made = self.source.credential(owner_of(exchange), found[1])
        plain = f"${variable(found[1])}"
        is_whole = name.lower() == "authorization" and not scheme
        is_encoded = not is_whole and (made is None or made.is_encoded or scheme.lower() == "basic")
        start = f"{name}: {scheme} " if scheme else f"{name}: "
        return shlex.quote(start) + (f'"$(b64 "{plain}")"' if is_encoded else f'"{plain}"')


_END = """ANSWERS=$(mktemp -d) MADE=
end() {
  for key in $MADE; do send -X DELETE "$TARGET/apps/${key%%.*}" -u "$key" > "$ANSWERS/end"; done
  rm -r "$ANSWERS"
}
trap end EXIT"""
"""Removes what the script made."""


def _way(route: RouteFacts) -> Iterator[str]:
    """The options of curl for the way that the run took."""
    files = {"--cacert": route.ca_file, "--cert": route.cert, "--key": route.cert_key}
    yield from (f"{option} {shlex.quote(path)}" for option, path in files.items() if path)
    for name, value, own in route.headers:
        yield f'-H {shlex.quote(f"{name}: ")}"${own}"' if own else f"-H {shlex.quote(f'{name}: {value}')}"
    if not route.proxy:
        yield "--noproxy '*'"
    elif route.proxy.startswith(OF_VARIABLE):
        yield f'--proxy "{route.proxy}"'
    elif route.proxy != FROM_ENVIRONMENT:
        yield f"--proxy {shlex.quote(route.proxy)}"


def _comment(text: str) -> Iterator[str]:
    """A comment in one line: after a line break, the rest of the text would be a command."""
    yield f"# {legible(shortened(text, 300))}"


def _is_called(code: str, text: str) -> bool:
    name = code.partition("(")[0]
    callers = [
        other for other in _HELPERS.values() if other is not code and re.search(rf"\b{name} ?\"?|\| {name}\b", other)
    ]
    return bool(re.search(rf"\b{name}\b", text)) or any(
        re.search(rf"\b{name}\b", other) and re.search(rf"\b{other.partition('(')[0]}\b", text) for other in callers
    )


def _names_in(made: Credential) -> list[str]:
    """The secrets of which a credential is made."""
    text = f"{made.text}{made.header or ''}{made.claims or ''}"
    found = re.findall(r"<(?:secret|name|app|id):([^<>|]*)(?:\|[^<>]*)?>", text)
    return [*found, *([made.signed_by] if made.signed_by not in {"", UNKNOWN} else [])]


def _members(exchange: Exchange) -> set[str]:
    """The markers of secret members in the body of a request."""
    text = exchange.request.body.decode("utf-8", "replace")
    return set(re.findall(r'"<((?:token|deviceSecret|updateToken|mac|ablyKey)(?: \d+)?)>\**"', text))


def _token_request(exchange: Exchange) -> dict[str, Json]:
    try:
        body = json.loads(exchange.request.body)
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def _milliseconds(moment: int, started: float) -> str:
    return f"$((NOW * 1000 {moment - int(started) * 1000:+d}))"


def _captured(capture: Capture, number: int) -> str:
    """Reads a value of an answer. Without a token nothing can go on; another value is then that of the run."""
    file = f'"$ANSWERS/{number}"'
    variable_ = variable(capture.variable) if not capture.value else capture.variable
    read = f"next_query {file}" if capture.name == "rel=next" else f"member {capture.name} {capture.number} {file}"
    if not capture.value:
        return f'{variable_}=$({read}); : "${{{variable_}:?the answer to step {number} has no {capture.name}}}"'
    recorded = shlex.quote(unquote(capture.value) if capture.name != "rel=next" else capture.value)
    return f'{variable_}=$({read}); [ -n "${variable_}" ] || {variable_}={recorded}'


def _expression(capture: Capture) -> str:
    return f"${capture.variable}" if capture.name == "rel=next" else f'$(segment "${capture.variable}")'

"use strict";
// The page is readable without this script. It filters, copies, unfolds and unpacks exchanges; it creates text nodes
// and never parses markup.

const $ = (selector, root = document) => root.querySelector(selector);
const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
const announce = (text) => { $("#announce").textContent = text; };

function element(tag, properties = {}, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}

function decoded(text) {
  try { return decodeURIComponent(text); } catch { return text; }
}

// --- filter: `status:fail level:must op:"GET /time" -waived words`; a field that is given twice matches either value
const TERM = /(-?)(?:([a-z]+):)?(?:"([^"]*)"|(\S+))/g;
const EXACT = new Set(["status", "level", "area", "origin", "case", "class", "id"]);

function terms(query) {
  return [...query.toLowerCase().matchAll(TERM)].map(([, minus, field, quoted, bare]) => ({
    not: minus === "-", field: field || "", text: quoted ?? bare, isExact: EXACT.has(field) || quoted !== undefined,
  }));
}

function hits(term, fields, words) {
  if (!(term.field in fields)) return words.includes(term.field ? `${term.field}:${term.text}` : term.text);
  return fields[term.field].some((value) => (term.isExact ? value === term.text : value.includes(term.text)));
}

function accepts(wanted, fields, words) {
  const byField = new Map();
  for (const term of wanted) {
    const hit = hits(term, fields, words);
    if (term.not) { if (hit) return false; continue; }
    const group = term.field || `word ${term.text}`;
    byField.set(group, byField.get(group) || hit);
  }
  return [...byField.values()].every(Boolean);
}

function requirementFilter() {
  const box = $("#filter");
  const operations = $("main").dataset.operations.toLowerCase().split("|");
  const rows = $$(".requirements tr[data-status]").map((row) => ({
    row, words: row.textContent.toLowerCase(),
    fields: {
      status: [row.dataset.status], level: [row.dataset.level], area: [row.dataset.area.toLowerCase()],
      op: row.dataset.op.split(" ").filter(Boolean).map((number) => operations[number]),
    },
  }));
  const remember = () => {
    const query = box.value.trim();
    if (query || location.hash.includes("?")) history.replaceState(null, "", query ? `#requirements?${encodeURIComponent(query)}` : "#requirements");
  };
  const apply = () => {
    const wanted = terms(box.value);
    let shown = 0;
    for (const each of rows) {
      each.row.hidden = !accepts(wanted, each.fields, each.words);
      shown += !each.row.hidden;
    }
    for (const body of $$(".requirements tbody")) body.hidden = !$("tr[data-status]:not([hidden])", body);
    for (const chip of $$(".chips button")) chip.setAttribute("aria-pressed", box.value.split(/\s+/).includes(chip.dataset.term));
    $(".empty").hidden = shown > 0;
    $("#filter-count").textContent = shown === rows.length ? `${shown} requirements` : `${shown} of ${rows.length} requirements`;
  };
  box.addEventListener("input", () => { apply(); remember(); });
  for (const chip of $$(".chips button")) {
    chip.addEventListener("click", () => {
      const words = box.value.split(/\s+/).filter(Boolean);
      box.value = (words.includes(chip.dataset.term) ? words.filter((word) => word !== chip.dataset.term) : [...words, chip.dataset.term]).join(" ");
      apply();
      remember();
    });
  }
  return (query) => { box.value = query; apply(); };
}

// --- copy
function copyButtons() {
  for (const command of $$(".command")) {
    const button = element("button", { type: "button", className: "copy", textContent: "Copy" });
    button.setAttribute("aria-label", `Copy: ${$(".label", command).textContent}`);
    button.addEventListener("click", async () => {
      await copy($("code", command).textContent);
      button.textContent = "Copied";
      announce("Copied");
      setTimeout(() => { button.textContent = "Copy"; }, 1500);
    });
    command.append(button);
  }
}

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    const area = element("textarea", { value: text, className: "sr" });
    document.body.append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
  }
}

// --- exchanges
async function unpacked(packed) {
  const bytes = Uint8Array.from(atob(packed), (letter) => letter.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  return JSON.parse(await new Response(stream).text());
}

const chunks = new Map();
let index;
async function loadIndex() {
  index ??= await unpacked($("#index").content.textContent);
  return index;
}
async function load(number) {
  const { chunk } = await loadIndex();
  const which = Math.floor(number / chunk);
  if (!chunks.has(which)) chunks.set(which, unpacked($$("template.chunk")[which].content.textContent));
  return (await chunks.get(which))[number % chunk];
}

function hex(octets) {
  const bytes = [...atob(octets)].map((letter) => letter.charCodeAt(0));
  const rows = [];
  for (let start = 0; start < bytes.length; start += 16) {
    const row = bytes.slice(start, start + 16);
    rows.push(`${start.toString(16).padStart(4, "0")}  ${row.map((b) => b.toString(16).padStart(2, "0")).join(" ").padEnd(48)} ${row.map((b) => (b > 31 && b < 127 ? String.fromCharCode(b) : ".")).join("")}`);
  }
  return rows.join("\n");
}

const PIECE = /("(?:[^"\\]|\\.)*"(?=:))|("(?:[^"\\]|\\.)*"?)|(-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)|(\b(?:true|false|null)\b)/g;
const KINDS = ["key", "string", "number", "word"];
function coloured(text) {
  const code = element("code");
  let end = 0;
  for (const found of text.matchAll(PIECE)) {
    code.append(text.slice(end, found.index));
    code.append(element("span", { className: KINDS[found.slice(1).findIndex((group) => group !== undefined)], textContent: found[0] }));
    end = found.index + found[0].length;
  }
  code.append(text.slice(end));
  return code;
}

function pre(className, label, code) {
  const made = element("pre", { className, tabIndex: 0 }, code);
  made.setAttribute("aria-label", label);
  return made;
}

function side(name, each, failure) {
  const made = element("div", { className: "side" }, element("p", { className: "label", textContent: name }));
  if (!each) { made.append(element("p", { className: "note", textContent: failure || "no response" })); return made; }
  const head = element("code", {}, element("b", { textContent: each.start }), "\n");
  for (const [key, value] of each.headers) head.append(element("span", { className: "key", textContent: key }), `: ${value}\n`);
  made.append(pre("head", `${name}: first line and headers`, head));
  if (each.kind === "empty") { made.append(element("p", { className: "none-here", textContent: "no body" })); return made; }
  if (each.note) made.append(element("p", { className: "note", textContent: each.note }));
  if (each.text) made.append(pre("body", `${name}: body`, ["json", "msgpack"].includes(each.kind) ? coloured(each.text) : element("code", { textContent: each.text })));
  if (each.octets) {
    const bytes = element("details", { className: "bytes", open: !each.text }, element("summary", { textContent: "Bytes as sent" }), pre("body", `${name}: bytes`, element("code", { textContent: hex(each.octets) })));
    made.append(bytes);
  }
  return made;
}

function exchange(each) {
  const title = element("h4", {}, `${each.step} → ${each.end} `, element("small", { textContent: each.facts }));
  const made = element("section", { className: "exchange" }, title);
  if (each.defect) made.append(element("p", { className: "note", textContent: `Invalid on purpose: ${each.defect}` }));
  made.append(element("div", { className: "sides" }, side("Request", each.request), side("Response", each.response, each.failure)));
  const command = element("div", { className: "command" }, element("p", { className: "label", textContent: "curl" }), element("pre", { tabIndex: 0 }, element("code", { textContent: each.curl })));
  made.append(command);
  return made;
}

const PAGE = 100;
async function exchangeList() {
  const box = $("#exchange-filter");
  const list = $("#exchange-list");
  const { rows } = await loadIndex();
  const known = rows.map(([id, step, status, media, origin, kind, caller, elapsed], number) => ({
    number, id, step, status, elapsed, media, purpose: `${origin}${kind && kind !== origin ? ` (${kind})` : ""}, ${caller}`,
    words: `${id} ${step} ${status} ${media} ${origin} ${kind} ${caller}`.toLowerCase(),
    fields: { status: [String(status)], class: [`${Math.floor(status / 100)}xx`], op: [step.toLowerCase()], origin: [origin], case: [kind], media: [media], as: [caller.toLowerCase()], id: [id.toLowerCase()] },
  }));
  let found = known;
  let shown = 0;
  const more = element("button", { type: "button", className: "more" });
  const body = element("tbody");
  const open = async (each, row) => {
    if (row.nextSibling?.className === "opened") { row.nextSibling.remove(); return; }
    const cell = element("td", { colSpan: 6 }, exchange(await load(each.number)));
    row.after(element("tr", { className: "opened" }, cell));
  };
  const grow = () => {
    for (const each of found.slice(shown, shown + PAGE)) {
      const button = element("button", { type: "button", className: "open", textContent: each.id });
      const row = element("tr", {}, element("td", {}, button), ...[each.step, each.status || "no response", each.media, each.purpose, `${each.elapsed} ms`].map((text) => element("td", { textContent: text })));
      button.addEventListener("click", () => open(each, row));
      body.append(row);
    }
    shown = Math.min(shown + PAGE, found.length);
    more.hidden = shown >= found.length;
    more.textContent = `Show ${Math.min(PAGE, found.length - shown)} more`;
  };
  const apply = () => {
    const wanted = terms(box.value);
    found = known.filter((each) => accepts(wanted, each.fields, each.words));
    shown = 0;
    body.replaceChildren();
    $("#exchange-count").textContent = `${found.length.toLocaleString("en")} of ${known.length.toLocaleString("en")} exchanges`;
    grow();
  };
  const head = element("tr", {}, ...["Id", "Operation", "Status", "Response media type", "Origin and caller", "Duration"].map((text) => { const th = element("th", { textContent: text }); th.scope = "col"; return th; }));
  list.replaceChildren(element("table", { className: "list" }, element("thead", {}, head), body), more);
  more.addEventListener("click", grow);
  box.addEventListener("input", apply);
  apply();
  return (query) => { box.value = query; apply(); };
}

// --- navigation: #requirements?status:fail and #exchanges?op:"GET /time" carry a filter
let listing;
const startListing = () => (listing ??= exchangeList());

async function showExchanges(query) {
  (await startListing())(query);
  $("#exchanges").scrollIntoView();
}

function unfold() {
  const [id, query] = location.hash.slice(1).split("?").map(decoded);
  if (query && id === "requirements") filterRequirements(query);
  if (query && id === "exchanges") showExchanges(query);
  const target = document.getElementById(id);
  if (!target) return;
  for (let each = target; each; each = each.parentElement) if (each.tagName === "DETAILS") each.open = true;
  const own = ["TR", "SECTION"].includes(target.tagName) && $(target.tagName === "TR" ? "details" : ":scope > .fold", target);
  if (own) own.open = true;
  target.scrollIntoView();
}

for (const tools of $$(".tools")) tools.hidden = false;
for (const notice of $$(".unscripted")) notice.remove();
const filterRequirements = requirementFilter();
copyButtons();
window.addEventListener("hashchange", unfold);
unfold();

new IntersectionObserver((entries, observer) => {
  if (entries.some((entry) => entry.isIntersecting)) { observer.disconnect(); startListing(); }
}).observe($("#exchanges"));
document.addEventListener("click", async (event) => {
  const link = event.target.closest?.("[data-exchange], [data-behind]");
  if (!link) return;
  event.preventDefault();
  if (link.dataset.behind) { location.hash = link.dataset.behind; return; }
  await showExchanges(`id:${link.dataset.exchange}`);
  $("#exchange-list .open")?.click();
});
document.addEventListener("keydown", (event) => {
  if (event.key === "/" && !/^(INPUT|TEXTAREA)$/.test(event.target.tagName)) { event.preventDefault(); $("#filter").focus(); }
  if (event.key === "Escape" && event.target.type === "search") { event.target.value = ""; event.target.dispatchEvent(new Event("input")); }
});
// --- printing: the summary and the findings, or everything that a sheet of paper can show
let folded = [];
const unfoldFor = (selector) => { folded = $$(selector); for (const each of folded) each.open = true; };
window.addEventListener("beforeprint", () => {
  const isWhole = document.documentElement.classList.contains("whole");
  unfoldFor(isWhole ? "main details:not([open], .contract)" : "#findings > .cause:nth-of-type(-n + 3) > .evidence:not([open])");
});
window.addEventListener("afterprint", () => {
  for (const each of folded) each.open = false;
  document.documentElement.classList.remove("whole");
});
for (const button of $$("[data-print]")) {
  button.addEventListener("click", () => {
    document.documentElement.classList.toggle("whole", button.dataset.print === "whole");
    window.print();
  });
}
for (const each of $$(".printing")) each.hidden = false;

"""Tests of the page in a browser. The file name keeps them out of `pytest conformance/selftest`: they need Chromium.

    pip install playwright axe-playwright-python; apt-get install chromium
    pytest conformance/selftest/outside/outside_browser.py

Without these packages the tests fail and are not skipped.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from itertools import pairwise

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect, sync_playwright

from conformance.report import writing
from conformance.report.analysis import comparison
from conformance.selftest.harness.journals import CORRECTED, HOSTILE, Run, failing, hostile, large, passing

CHROMIUM = "/usr/bin/chromium"
WCAG_AA = {
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]},
    "resultTypes": ["violations"],
}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        yield playwright.chromium.launch(executable_path=CHROMIUM, args=["--disable-gpu"])


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """The path of the page of each run, by the name of the run."""
    made = {}
    for make in (passing, failing, hostile):
        folder = tmp_path_factory.mktemp(make.__name__)
        made[make.__name__] = written(make(folder))
    return made


def written(run: Run, **facts):
    writing.write(*run.judged(), run.folder, CORRECTED, **facts)
    return run.folder / "report.html"


@pytest.fixture
def opened(browser, files):
    """Open the page of a run; its requests, console messages and errors are in `noted`."""
    contexts = []

    def open_page(name: str, **facts) -> Page:
        context = browser.new_context(**facts)
        contexts.append(context)
        page = context.new_page()
        page.noted = []
        page.on("request", lambda request: page.noted.append(request.url))
        page.on("console", lambda message: page.noted.append(message.text))
        page.on("pageerror", lambda error: page.noted.append(str(error)))
        page.goto(files[name].as_uri())
        return page

    yield open_page
    for context in contexts:
        context.close()


def shown(page: Page) -> list[str]:
    return page.locator(".requirements tr[data-status]:visible > th").all_inner_texts()


# Filtering -----------------------------------------------------------------------------------------------------------


def test_words_filter_the_table_and_the_count_is_announced(opened):
    page = opened("failing")
    page.get_by_label("Filter").first.fill("messagepack")
    assert shown(page) == ["RSP-03"]
    expect(page.locator("#filter-count")).to_have_text("1 of 11 requirements")


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ("status:fail level:must -area:RSP", ["DEV-07", "ERR-01", "HDR-01"]),
        ("status:waived status:none", ["HDR-02", "STT-01"]),
        ('op:"GET /stats" level:may', []),
        ("DEV-07", ["DEV-07"]),
    ],
)
def test_terms_filter_the_table(opened, query, ids):
    page = opened("failing")
    page.locator("#filter").fill(query)
    assert shown(page) == ids


def test_a_chip_adds_its_term_and_removes_it(opened):
    page = opened("failing")
    chip = page.locator(".chips button", has_text="inconclusive")
    chip.click()
    expect(chip).to_have_attribute("aria-pressed", "true")
    assert shown(page) == ["AUT-01"]
    chip.click()
    assert len(shown(page)) == 11


def test_a_filter_is_part_of_the_address(opened):
    page = opened("failing")
    page.locator("#filter").fill("status:fail")
    address = page.evaluate("location.href")
    page.goto("about:blank")
    page.goto(address)
    expect(page.locator("#filter")).to_have_value("status:fail")
    assert len(shown(page)) == 5


def test_an_empty_result_has_a_message(opened):
    page = opened("failing")
    page.locator("#filter").fill("no such words")
    expect(page.get_by_text("No requirement matches the filter.")).to_be_visible()


# Details -------------------------------------------------------------------------------------------------------------


def test_an_address_of_a_requirement_opens_it(browser, files):
    page = browser.new_page()
    page.goto(f"{files['failing'].as_uri()}#DEV-07")
    expect(page.locator("#DEV-07 blockquote")).to_be_visible()
    page.close()


def test_a_line_of_the_contract_unfolds_it(opened):
    page = opened("failing")
    page.locator(".cause a[href^='#L']").first.click()
    expect(page.locator(".contract .line:target")).to_be_in_viewport()


def test_the_member_that_deviates_is_marked(opened):
    page = opened("failing")
    cause = page.locator(".cause", has_text="A MessagePack body conforms to its schema")
    cause.get_by_text("Smallest example").click()
    assert cause.locator("mark").inner_text().strip() == '"timestamp": "yesterday",'
    cause.get_by_text("bytes as sent").click()
    expect(cause.get_by_text("0000  92 85 a2")).to_be_visible()


def test_a_cell_of_the_matrix_opens_the_list_of_what_it_counts(opened):
    page = opened("passing")
    row = page.locator(".matrix tr", has_text="GET /time")
    row.locator("td").nth(2).click()
    expect(page.locator("#exchange-filter")).to_have_value('media:json op:"GET /time"')
    expect(page.locator("#exchange-count")).to_have_text("2 of 66 exchanges")
    row.locator("td").nth(1).click()
    assert shown(page) == ["HDR-01", "HDR-02"]


def test_every_exchange_can_be_unpacked(opened):
    page = opened("failing")
    page.locator("#exchanges").scroll_into_view_if_needed()
    page.locator("#exchange-filter").fill("media:msgpack op:time")
    page.locator("#exchange-list .open").first.click()
    opened_row = page.locator("#exchange-list .opened")
    expect(opened_row).to_contain_text('"name": "greeting"')
    expect(opened_row).to_contain_text("Bytes as sent")
    expect(opened_row).to_contain_text("<secret:full>")


def test_an_occurrence_links_to_its_exchange(opened):
    page = opened("failing")
    cause = page.locator(".cause", has_text="Every response has the header X-Ably-ServerId")
    cause.get_by_text("All 9 occurrences by operation").click()
    link = cause.locator("[data-exchange]").nth(3)
    id_ = link.inner_text()
    link.click()
    expect(page.locator("#exchange-list .opened")).to_have_count(1)
    expect(page.locator("#exchange-list .open").first).to_have_text(id_)


def test_a_command_can_be_copied_and_that_is_announced(browser, files):
    context = browser.new_context()
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = context.new_page()
    page.goto(files["failing"].as_uri())
    cause = page.locator(".cause").first
    cause.get_by_text("Reproduce").click()
    cause.get_by_role("button", name="Copy: pytest").click()
    expect(page.locator("#announce")).to_have_text("Copied")
    assert page.evaluate("navigator.clipboard.readText()") == "ably-conformance run --profile reference --seed 7"
    context.close()


# Keyboard ------------------------------------------------------------------------------------------------------------


def test_the_first_focusable_element_skips_to_the_report(opened):
    page = opened("failing")
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "report"


def test_a_finding_opens_and_closes_from_the_keyboard(opened):
    page = opened("failing")
    summary = page.locator(".cause summary").first
    summary.focus()
    page.keyboard.press("Enter")
    expect(page.locator(".cause .exchange").first).to_be_visible()
    page.keyboard.press("Space")
    expect(page.locator(".cause .exchange").first).to_be_hidden()


def test_slash_focuses_the_filter_and_escape_clears_it(opened):
    page = opened("failing")
    page.keyboard.press("/")
    page.keyboard.type("status:pass")
    assert len(shown(page)) == 2
    page.keyboard.press("Escape")
    assert len(shown(page)) == 11


def test_every_focused_element_has_an_outline(opened):
    page = opened("passing")
    seen = set()
    for _ in range(25):
        page.keyboard.press("Tab")
        seen.add(page.evaluate("getComputedStyle(document.activeElement).outlineStyle"))
    assert "none" not in seen


# Layout --------------------------------------------------------------------------------------------------------------


def luminance(page: Page) -> int:
    return sum(map(int, re.findall(r"\d+", page.evaluate("getComputedStyle(document.body).backgroundColor"))[:3]))


def test_the_page_follows_the_colour_scheme(opened):
    assert luminance(opened("failing", color_scheme="light")) > 700
    assert luminance(opened("failing", color_scheme="dark")) < 100


@pytest.mark.parametrize("width", [320, 360, 768, 1280, 1920])
def test_the_page_does_not_scroll_horizontally(opened, width):
    page = opened("failing", viewport={"width": width, "height": 800})
    page.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true; })")
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_the_conclusion_and_what_to_mend_first_fit_the_first_screen(opened):
    page = opened("failing", viewport={"width": 1280, "height": 720})
    expect(page.get_by_role("heading", level=1)).to_be_in_viewport(ratio=1)
    expect(page.locator(".levels")).to_be_in_viewport(ratio=1)
    expect(page.locator(".areas")).to_be_in_viewport(ratio=1)
    expect(page.locator(".tasks > ol > li").first).to_be_in_viewport(ratio=1)


def test_an_entry_of_the_work_list_leads_to_its_finding(opened):
    page = opened("failing")
    task = page.locator(".task", has_text="X-Ably-ServerId is missing")
    expect(task).to_have_text(
        "The header X-Ably-ServerId is missing on DELETE /push/deviceRegistrations and 8 more operations, 9 answers"
    )
    task.click()
    expect(page.locator(".cause:target h3")).to_have_text("Every response has the header X-Ably-ServerId")


def test_an_area_leads_to_its_must_requirements(opened):
    page = opened("failing")
    page.locator(".areas a", has_text="Responses").click()
    expect(page.locator("#filter")).to_have_value("area:RSP level:must")
    assert shown(page) == ["RSP-01", "RSP-02", "RSP-03"]


def test_a_passed_requirement_links_an_example_of_its_exchanges(opened):
    page = opened("passing")
    page.locator("#RSP-01 summary").click()
    expect(page.locator("#RSP-01 .trail")).to_contain_text("DELETE /push/channelSubscriptions 404")
    page.locator("#RSP-01 [data-exchange]").first.click()
    expect(page.locator("#exchange-list .opened")).to_have_count(1)


def test_a_summary_is_printed_and_everything_only_if_asked(opened, tmp_path):
    page = opened("failing")
    page.emulate_media(media="print")
    expect(page.locator("#requirements")).to_be_hidden()
    expect(page.locator("#worklist")).to_be_visible()
    page.evaluate("document.documentElement.classList.add('whole')")
    expect(page.locator("#requirements")).to_be_visible()


def test_printing_unfolds_the_findings(opened, tmp_path):
    page = opened("failing")
    page.emulate_media(media="print")
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    expect(page.locator(".cause .exchange").first).to_be_visible()
    expect(page.locator(".contents")).to_be_hidden()
    page.evaluate("window.dispatchEvent(new Event('afterprint'))")
    pdf = page.pdf(path=tmp_path / "report.pdf", format="A4", print_background=True)
    assert pdf.startswith(b"%PDF")
    assert 3 <= pdf.count(b"/Type /Page\n") + pdf.count(b"/Type /Page ") <= 40


# Safety --------------------------------------------------------------------------------------------------------------


def test_markup_of_a_hostile_target_is_not_executed(opened):
    page = opened("hostile")
    page.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true; })")
    page.locator("#exchanges").scroll_into_view_if_needed()
    page.locator("#exchange-filter").fill("GET /time")
    page.locator("#exchange-list .open").first.wait_for()
    for button in page.locator("#exchange-list .open").all():
        button.click()
    page.locator("#exchange-list .opened").last.wait_for()
    assert page.title().startswith("Not conformant")
    assert page.locator("script").count() == 1
    assert page.locator("img").count() == 0
    assert HOSTILE[:30] in page.locator("#findings").inner_text()


@pytest.mark.parametrize("name", ["passing", "failing", "hostile"])
def test_the_page_sends_no_request_and_logs_no_error(opened, files, name):
    page = opened(name)
    page.locator("#exchanges").scroll_into_view_if_needed()
    page.locator("#exchange-list .open").first.click()
    page.locator("#exchange-list .opened").wait_for()
    assert page.noted == [files[name].as_uri()]


def test_a_foreign_script_is_not_executed(opened):
    page = opened("failing")
    page.evaluate("document.body.append(Object.assign(document.createElement('script'), {textContent: 'owned = 1'}))")
    page.evaluate("document.body.insertAdjacentHTML('beforeend', '<img src=x onerror=\"owned = 1\">')")
    page.wait_for_timeout(200)
    assert page.evaluate("typeof owned") == "undefined"


def test_the_findings_are_readable_without_scripts(opened):
    page = opened("failing", java_script_enabled=False)
    expect(page.get_by_role("heading", level=1)).to_contain_text("Not conformant")
    expect(page.locator(".tools").first).to_be_hidden()
    page.locator(".cause summary").first.click()
    expect(page.locator(".cause .exchange").first).to_be_visible()
    expect(page.get_by_text("This list needs JavaScript, which does not run here.")).to_be_visible()


# Accessibility -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("name", "width"), [("passing", 1280), ("failing", 1280), ("failing", 320), ("hostile", 1280)])
def test_axe_finds_no_violation_of_wcag_aa(opened, name, width, scheme):
    page = opened(name, color_scheme=scheme, viewport={"width": width, "height": 800})
    page.evaluate("document.querySelectorAll('details:not(.contract)').forEach((each) => { each.open = true; })")
    page.locator("#exchanges").scroll_into_view_if_needed()
    page.locator("#exchange-list .open").first.click()
    page.locator("#exchange-list .opened").wait_for()
    found = Axe().run(page, options=WCAG_AA)
    assert found.violations_count == 0, found.generate_report()


def test_axe_finds_no_violation_in_the_unfolded_contract(opened):
    page = opened("failing")
    page.locator(".contract summary").click()
    found = Axe().run(page, context=".contract", options=WCAG_AA)
    assert found.violations_count == 0, found.generate_report()


def test_headings_have_one_first_level_and_no_gaps(opened):
    page = opened("failing")
    levels = page.eval_on_selector_all("h1,h2,h3,h4", "all => all.map((each) => Number(each.tagName[1]))")
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))


# Changes and size ----------------------------------------------------------------------------------------------------


def test_changes_are_listed_with_their_numbers(browser, tmp_path):
    written(passing(tmp_path / "then"))
    earlier = comparison.read(tmp_path / "then")
    path = written(failing(tmp_path / "now"), earlier=earlier, history_file=tmp_path / "history.sqlite")
    page = browser.new_page()
    page.goto(path.as_uri())
    expect(page.locator(".tasks .since")).to_contain_text("14 new findings, 0 fixed")
    page.locator(".tasks .since a").click()
    expect(page.locator("#since .lede")).to_contain_text("14 new, 0 fixed")
    assert Axe().run(page, options=WCAG_AA).violations_count == 0
    page.close()


def test_a_run_of_twenty_thousand_exchanges_opens_within_two_seconds(browser, tmp_path):
    path = written(large(tmp_path, 20_000))
    assert path.stat().st_size < 15_000_000
    page = browser.new_page()
    began = time.perf_counter()
    page.goto(path.as_uri())
    page.locator("#filter").fill("status:fail")
    expect(page.locator("#filter-count")).to_have_text("5 of 11 requirements")
    assert time.perf_counter() - began < 2
    began = time.perf_counter()
    page.locator("#exchanges").scroll_into_view_if_needed()
    page.locator("#exchange-filter").fill("id:main-19999")
    page.locator("#exchange-list .open").first.click()
    expect(page.locator("#exchange-list .opened")).to_contain_text("text 19")
    assert time.perf_counter() - began < 3
    page.close()

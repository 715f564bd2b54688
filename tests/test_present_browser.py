"""The reports of the project's own studies in a real browser."""

import re
import subprocess
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from itertools import product

import pytest

from present_reports import STUDIES, write_reports

pytestmark = pytest.mark.browser

PAGES = (
    "index.html",
    *(f"{name}/report.html" for name in STUDIES),
    "aoki2014/tables/table_2.html",
)
WIDTHS = (1200, 400)
SCHEMES = ("light", "dark")
ALL = {"resultTypes": ["violations"]}
CONTRAST = ALL | {"runOnly": ["color-contrast"]}  # all that a dark page changes
# What a page repeats without end: of rows and cards that look alike a few are kept, and
# pictures keep their words alone. Everything else is as the reader gets it.
THIN = """() => {
  document.querySelectorAll("svg").forEach((one) => one.replaceChildren());
  const classes = (node) => [...new Set(
    [...node.querySelectorAll("[class]")].map((one) => one.className))].sort().join();
  const thin = (nodes, kept, look) => {
    const seen = {};
    nodes.forEach((node) => {
      const key = look(node);
      seen[key] = (seen[key] || 0) + 1;
      if (seen[key] > kept) { node.remove(); }
    });
  };
  const look = (node) => node.className;
  document.querySelectorAll("section").forEach((section) => {
    thin([...section.querySelectorAll("article.card")], 3, look);
    thin([...section.querySelectorAll("details details")], 1, look);
    thin([...section.querySelectorAll("figure.table")], 1, classes);
  });
  document.querySelectorAll("tbody").forEach(
    (body) => thin([...body.rows], 1, classes));
  document.querySelectorAll("ul.plain, ol").forEach(
    (list) => thin([...list.children], 2, look));
}"""
OPEN = """() => {
  document.querySelectorAll("details").forEach((one) => { one.open = true; });
}"""
COLUMN = """([table, column]) =>
  [...document.getElementById(table).tBodies[0].rows].filter((row) => !row.hidden)
    .map((row) => row.cells[column].textContent.trim())"""
LINKS = "() => [...document.querySelectorAll('a')].map((a) => a.getAttribute('href'))"
NAMES = "() => [...document.querySelectorAll('[id]')].map((one) => one.id)"
WIDE = "() => document.documentElement.scrollWidth - window.innerWidth"


@dataclass
class Seen:
    """What a page said and asked for."""

    errors: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)


@pytest.fixture(scope="module")
def reports(require, tmp_path_factory):
    require("chromium")
    return write_reports(tmp_path_factory.mktemp("reports"))


@pytest.fixture(scope="module")
def browser(require):
    program = require("chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        made = driver.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield made
        made.close()


@contextmanager
def opened(browser, path, width=1200, scheme="light"):
    context = browser.new_context(
        viewport={"width": width, "height": 900},
        color_scheme=scheme,
        reduced_motion="reduce",
    )
    page, seen = context.new_page(), Seen()
    page.on("console", lambda message: seen.errors.append(message.text))
    page.on("pageerror", lambda error: seen.errors.append(str(error)))
    page.on("request", lambda request: seen.requests.append(request.url))
    page.goto(path.as_uri())
    try:
        yield page, seen
    finally:
        context.close()


def column(page, table, at):
    return page.evaluate(COLUMN, [table, at])


@pytest.mark.parametrize("name", PAGES)
def test_a_page_says_nothing_and_asks_for_nothing_and_its_links_resolve(
    browser, reports, name
):
    path = reports / name
    with opened(browser, path) as (page, seen):
        page.wait_for_load_state("networkidle")
        links, names = page.evaluate(LINKS), page.evaluate(NAMES)
    assert seen.errors == []
    assert seen.requests == [path.as_uri()]
    assert len(names) == len(set(names))
    inside = {link[1:] for link in links if link.startswith("#")}
    assert inside <= set(names)
    for link in set(links) - {f"#{name}" for name in inside}:
        file, _, anchor = link.partition("#")
        target = path.parent / file
        assert target.is_file(), link
        if anchor:
            assert f'id="{anchor}"' in _text(target), link


def faults(page, options):
    from axe_playwright_python.sync_playwright import Axe

    return Axe().run(page, options=options).response["violations"]


@cache
def _text(path):
    return path.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_nothing_on_any_screen_in_light_and_in_dark(browser, reports, name):
    with opened(browser, reports / name) as (page, _):
        page.evaluate(OPEN)
        too_wide = {}
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            too_wide[width] = page.evaluate(WIDE)
        page.evaluate(THIN)
        found = {}
        for width, scheme in product(WIDTHS, SCHEMES):
            page.set_viewport_size({"width": width, "height": 900})
            page.emulate_media(color_scheme=scheme)
            for fault in faults(page, CONTRAST if scheme == "dark" else ALL):
                places = [node["target"] for node in fault["nodes"]]
                found[width, scheme, fault["id"]] = places[:5]
    assert found == {}
    assert too_wide == dict.fromkeys(WIDTHS, 0)


def test_axe_would_find_a_fault(browser, reports):
    with opened(browser, reports / "index.html") as (page, _):
        page.evaluate("() => { document.querySelector('h3 a').style.color = '#ccc'; }")
        assert "color-contrast" in {one["id"] for one in faults(page, CONTRAST)}
        page.evaluate("() => { document.querySelector('h1').remove(); }")
        assert "page-has-heading-one" in {one["id"] for one in faults(page, ALL)}


@pytest.mark.parametrize("hand", ["mouse", "keyboard"])
def test_every_printed_number_can_be_sorted_and_filtered(browser, reports, hand):
    with opened(browser, reports / "alexeeva2013/report.html") as (page, seen):
        before = column(page, "all-facts", 2)
        head = page.locator("#all-facts thead th").nth(2)
        for direction in ("ascending", "descending"):
            if hand == "mouse":
                head.locator("button").click()
            else:
                head.locator("button").focus()
                page.keyboard.press("Enter")
            assert head.get_attribute("aria-sort") == direction
            after = column(page, "all-facts", 2)
            assert sorted(after) == sorted(before)
            values = [float(re.sub("[^0-9.]", "", text)) for text in after]
            assert values == sorted(values, reverse=direction == "descending")
        form = page.locator('form[data-table="all-facts"]')
        if hand == "mouse":
            form.locator('[name="words"]').fill("inactive")
        else:
            form.locator('[name="words"]').focus()
            page.keyboard.type("inactive")
        left = page.locator("#all-facts tbody tr:not([hidden])").all_text_contents()
        assert 0 < len(left) < len(before)
        assert all("inactive" in text.lower() for text in left)
        said = form.locator("output").text_content()
        assert said.endswith(f"{len(left)} / {len(before)}")
        assert seen.errors == []


def test_a_number_of_a_claim_leads_to_its_entry_by_keyboard(browser, reports):
    with opened(browser, reports / "cabrera2016/report.html") as (page, _):
        link = page.locator("#claims .facts a").first
        target = link.get_attribute("href")
        link.focus()
        page.keyboard.press("Enter")
        page.wait_for_function("() => location.hash.length > 1")
        assert page.evaluate("() => location.hash") == target
        assert page.locator(target).is_visible()


def test_the_first_stop_of_the_keyboard_skips_to_the_content(browser, reports):
    with opened(browser, reports / "alexeeva2013/report.html") as (page, _):
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        assert page.evaluate("() => document.activeElement.id") == "content"


def test_a_link_into_what_is_folded_unfolds_it(browser, reports):
    with opened(browser, reports / "aoki2014/report.html") as (page, _):
        row = page.locator("details:not([open]) tr[id^='audit-']").first
        name = row.get_attribute("id")
        assert not row.is_visible()
        page.evaluate("name => { location.hash = name; }", name)
        page.wait_for_function(
            "name => document.getElementById(name).offsetParent !== null", arg=name
        )


def test_the_report_prints_to_a4_with_all_its_rows(browser, reports, require, tmp_path):
    with opened(browser, reports / "cabrera2016/report.html") as (page, _):
        made = tmp_path / "report.pdf"
        page.pdf(path=str(made), prefer_css_page_size=True)
        last = column(page, "all-facts", 2)[-1]
    done = subprocess.run(
        [require("poppler"), "-layout", str(made), "-"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "Every printed number" in done.stdout
    assert last in done.stdout
    assert _is_a4(made)


def _is_a4(path):
    boxes = re.findall(rb"/MediaBox \[0 0 ([0-9.]+) ([0-9.]+)\]", path.read_bytes())
    return bool(boxes) and all(
        abs(float(width) - 595.3) < 1 and abs(float(height) - 841.9) < 1
        for width, height in boxes
    )

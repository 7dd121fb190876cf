"""The report's page in a real Chromium: on a phone and a desk, in light and in dark."""

from __future__ import annotations

import base64
import shutil
import struct
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest
from evals.results_example import bare, example, huge

from a2r_graph.evals.report import as_html, as_json

pytestmark = pytest.mark.browser

ROOT = Path(__file__).parents[2]
NAMES = ("chromium", "chromium-browser", "google-chrome")
ARGUMENTS = [
    *("--no-sandbox", "--disable-gpu", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync", "--no-first-run"),
]
PHONE, DESK = {"width": 360, "height": 740}, {"width": 1280, "height": 900}
LOADED, FRAME = 5.0, 100.0  # seconds; milliseconds of the 95th percentile

# Every text that is seen, with the contrast to what is behind it.
CONTRASTS = """() => {
  const parts = text => text.match(/[\\d.]+/g).map(Number)
  const light = ([r, g, b]) => [r, g, b].map(v => v / 255)
    .map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0)
  const behind = node => {
    for (; node; node = node.parentElement) {
      const color = parts(getComputedStyle(node).backgroundColor)
      if (color.length === 3 || color[3] > 0) return color
    }
  }
  const seen = []
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
  while (walker.nextNode()) {
    const node = walker.currentNode.parentElement
    if (!walker.currentNode.data.trim() || !node.checkVisibility()) continue
    if (["title", "desc"].includes(node.tagName)) continue
    const style = getComputedStyle(node)
    const color = node instanceof SVGElement ? style.fill : style.color
    const [a, b] = [light(parts(color)), light(behind(node))]
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05)
    seen.push([ratio, walker.currentNode.data.trim().slice(0, 40), node.className])
  }
  return seen
}"""

# Pairs of texts within one picture that cover each other, and texts beyond its edges.
COLLISIONS = """() => [...document.querySelectorAll("svg[role=img]")].flatMap(picture => {
  const edge = picture.getBoundingClientRect()
  const texts = [...picture.querySelectorAll("text")]
    .map(text => [text.textContent, text.getBoundingClientRect()])
  const cut = texts.filter(([, r]) => r.left < edge.left - 1 || r.right > edge.right + 1)
  const hit = texts.flatMap(([one, a], i) => texts.slice(i + 1)
    .filter(([, b]) => Math.min(a.right, b.right) - Math.max(a.left, b.left) > 1
      && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 3)
    .map(([other]) => `${one} / ${other}`))
  return [...cut.map(([text]) => `${text} / edge`), ...hit]
})"""

# The edges of a picture that are of another colour than most of it.
SHADED = """async png => {
  const picture = await fetch(`data:image/png;base64,${png}`)
  const bitmap = await createImageBitmap(await picture.blob())
  const [w, h] = [bitmap.width, bitmap.height]
  const context = new OffscreenCanvas(w, h).getContext("2d")
  context.drawImage(bitmap, 0, 0)
  const most = (x, y, width, height) => {
    const counts = new Map()
    const pixels = new Uint32Array(context.getImageData(x, y, width, height).data.buffer)
    for (const pixel of pixels) counts.set(pixel, (counts.get(pixel) ?? 0) + 1)
    return [...counts].sort(([, a], [, b]) => b - a)[0][0]
  }
  const strips = {
    left: [2, 0, 1, h], right: [w - 3, 0, 1, h],
    top: [0, 2, w, 1], bottom: [0, h - 3, w, 1],
  }
  const ground = most(0, 0, w, h)
  return Object.keys(strips).filter(edge => most(...strips[edge]) !== ground)
}"""

# The edges of a box behind which there is more of what is in it.
MORE = """box => Object.entries({
  left: box.scrollLeft > 0,
  right: box.scrollLeft + box.clientWidth < box.scrollWidth,
  top: box.scrollTop > 0,
  bottom: box.scrollTop + box.clientHeight < box.scrollHeight,
}).filter(([, more]) => more).map(([edge]) => edge)"""

SCROLL = "(box, part) => box.scrollTo(part * box.scrollWidth, part * box.scrollHeight)"

# How far the focused box is scrolled, once a key has moved it; 0 if none does.
SCROLLED = """along => new Promise(done => {
  let frames = 0
  const look = () => {
    const far = document.activeElement[along]
    if (far > 0 || ++frames > 300) return done(far)
    requestAnimationFrame(look)
  }
  look()
})"""

FRAMES = """() => new Promise(done => {
  const times = []
  const step = now => {
    times.push(now)
    const bottom = scrollY + innerHeight >= document.documentElement.scrollHeight - 2
    if (bottom || times.length > 150) return done(times)
    scrollBy(0, 120)
    requestAnimationFrame(step)
  }
  requestAnimationFrame(step)
})"""


@pytest.fixture(scope="module")
def browser():
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        pytest.fail("playwright isn't installed: pip install playwright")
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        pytest.fail(f"no Chromium: none of {', '.join(NAMES)} is on the path; install one")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def opened(browser, tmp_path):
    """Open results in a page of their own; what it asks for and complains of is kept."""
    contexts = []

    def open_page(results, size=DESK, scheme="light"):
        file = tmp_path / "page.html"
        file.write_text(as_html(results), "utf-8")
        context = browser.new_context(viewport=size, color_scheme=scheme)
        contexts.append(context)
        page = context.new_page()
        page.asked, page.said = [], []
        page.on("request", lambda request: page.asked.append(request.url))
        page.on("console", lambda message: page.said.append(message.text))
        page.on("pageerror", lambda error: page.said.append(str(error)))
        page.goto(file.as_uri())
        page.own = file.as_uri()
        return page

    yield open_page
    for context in contexts:
        context.close()


def open_all(page):
    page.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true })")


@pytest.fixture(params=["one", "several", "bare"])
def results(request):
    several = [example(), example(60, (1, 2, 4, 8, 16, 32, 64), task="gym:other"), bare()]
    return {"one": example(), "several": several, "bare": bare()}[request.param]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_the_page_fits_is_legible_and_asks_for_nothing(opened, results, size, scheme):
    page = opened(results, size, scheme)
    for _ in range(2):  # as it opens, and with everything open
        assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]
        poor = [one for one in page.evaluate(CONTRASTS) if one[0] < 4.5]
        assert not poor
        assert page.evaluate(COLLISIONS) == []
        open_all(page)
    assert page.asked == [page.own]
    assert page.said == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_on_a_phone_a_table_scrolls_in_its_own_box_and_shows_where_there_is_more(
    opened, browser, scheme
):
    page = opened([example(60, (2, 16)), bare()], PHONE, scheme)
    open_all(page)
    reader = browser.new_page()  # the page's own policy lets nobody decode a picture
    boxes = page.locator(".scroll")
    assert boxes.count() == page.locator(".scroll > table").count()
    assert boxes.count() == page.locator("table").count()
    seen = set()
    for box in boxes.all():
        for part in (0, 0.1, 1):
            box.evaluate(SCROLL, part)
            more = box.evaluate(MORE)
            png = base64.b64encode(box.screenshot()).decode()
            assert reader.evaluate(SHADED, png) == more
            seen.add((box.get_attribute("aria-label"), *more))
    reader.close()
    everywhere = {("left",), ("left", "right"), ("right",)}
    wide = "All tasks", "By number of samples", "Tokens, time and money by role"
    assert {(name, *edges) for name in wide for edges in everywhere} <= seen
    assert ("Accuracy by k", "top", "bottom") in seen
    across = "[document.documentElement.scrollWidth, document.documentElement.clientWidth]"
    assert page.evaluate(across) == [360, 360]


def test_a_table_is_reached_and_scrolled_by_the_keyboard(opened):
    page = opened(example(60, (2, 16)), PHONE)
    # Chromium reaches what scrolls of itself, other browsers don't.
    reached = '[tabindex="0"][role="region"][aria-label]'
    assert page.locator(f".scroll:not({reached})").count() == 0
    page.keyboard.press("Tab")
    for name, key, along in (
        ("By number of samples", "ArrowRight", "scrollLeft"),
        ("Accuracy by k", "ArrowDown", "scrollTop"),
    ):
        box = page.get_by_role("region", name=name, exact=True)
        while not box.evaluate("box => box === document.activeElement"):
            assert page.evaluate("document.activeElement !== document.body")
            page.keyboard.press("Tab")
        assert box.evaluate("box => getComputedStyle(box).outlineStyle") == "solid"
        page.keyboard.press(key)
        assert page.evaluate(SCROLLED, along) > 0


def test_the_two_schemes_differ(opened):
    ground = "getComputedStyle(document.body).backgroundColor"
    light, dark = (opened(bare(), DESK, s).evaluate(ground) for s in ("light", "dark"))
    assert light == "rgb(251, 250, 248)"
    assert dark == "rgb(21, 23, 26)"


def test_examples_open_by_click_and_by_keyboard(opened):
    page = opened(example())
    first, second = (page.locator("details.example").nth(i) for i in (0, 1))
    first.locator("> summary").click()
    assert first.get_attribute("open") is not None
    assert first.locator("pre").first.is_visible()
    sample = first.locator("details.sample").first
    sample.locator("> summary").click()
    assert sample.locator("pre").is_visible()
    first.locator("> summary").click()
    assert not first.locator("pre").first.is_visible()
    first.locator("> summary").focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert second.get_attribute("open") is not None
    page.keyboard.press("Space")
    assert second.get_attribute("open") is None


def test_a_task_of_the_table_is_opened_by_its_link(opened):
    page = opened([example(), example(60, (2, 4), task="gym:other")])
    assert not page.locator("#t2").is_visible()
    page.get_by_role("link", name="gym:other").click()
    assert page.locator("#t2").is_visible()


def test_on_paper_every_task_is_open_and_light(opened):
    page = opened([example(), bare()], DESK, "dark")
    assert not page.locator("#t2").is_visible()
    page.emulate_media(media="print", color_scheme="dark")
    assert page.locator("#t2").is_visible()
    assert page.evaluate("getComputedStyle(document.body).color") == "rgb(30, 33, 38)"


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_hostile_texts_run_nothing_and_stay_within_the_page(opened, size):
    evil = (
        "<img src=x onerror=alert(1)></pre><script>document.title='x'</script>\u202e\x1b["
    )
    evil += "W" * 100_000
    first = example().examples[0]
    words = {"id": evil, "question": evil, "expected": evil, "text": evil, "answer": evil}
    told = [type(first)(**{**vars(first), **words, "votes": {evil: 3}})]
    page = opened(example(examples=told, task=evil, advice=[evil[:3000]] * 2), size)
    open_all(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]
    assert page.title().startswith("A2R on <img")
    assert page.locator("img, script").count() == 0
    assert page.asked == [page.own]
    assert page.said == []


def test_the_policy_stops_what_would_get_past_the_escaping(opened, tmp_path):
    page = opened(bare())
    html = (tmp_path / "page.html").read_text("utf-8")
    added = "<img src='http://127.0.0.1:9/x'><script>document.title = 'bad'</script><main"
    (tmp_path / "page.html").write_text(html.replace("<main", added, 1), "utf-8")
    page.reload()
    assert page.title() != "bad"
    assert len([said for said in page.said if "Content Security Policy" in said]) == 2


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_ten_thousand_questions_open_fast_and_scroll_smoothly(opened, size, capsys):
    page = opened(huge(), size)
    loaded = (
        page.evaluate("performance.getEntriesByType('navigation')[0].loadEventEnd") / 1000
    )
    assert loaded < LOADED
    told = [f"{size['width']} px: loaded in {loaded:.2f} s"]
    for state in ("closed", "open"):
        page.evaluate("scrollTo(0, 0)")
        times = page.evaluate(FRAMES)
        frames = sorted(b - a for a, b in pairwise(times))
        middle, late = frames[len(frames) // 2], frames[int(0.95 * len(frames))]
        told.append(
            f"{state} {middle:.0f} ms median, {late:.0f} ms 95th, {frames[-1]:.0f} worst"
        )
        assert late < FRAME
        page.evaluate(
            "document.querySelectorAll('.example').forEach(d => { d.open = true })"
        )
    with capsys.disabled():
        print("\n" + "; ".join(told))  # noqa: T201  the figures are what it is run for


def test_the_script_of_the_docs_pictures_the_page(tmp_path):
    source, target = tmp_path / "results.json", tmp_path / "page.png"
    source.write_text(as_json(example()), "utf-8")
    subprocess.run([sys.executable, ROOT / "docs" / "page.py", source, target], check=True)
    kind, (width, height) = (
        target.read_bytes()[:8],
        struct.unpack(">II", target.read_bytes()[16:24]),
    )
    assert kind == b"\x89PNG\r\n\x1a\n"
    assert width == 1280
    assert height == 2000

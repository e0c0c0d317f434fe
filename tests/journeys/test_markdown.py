"""Markdown on the page: how it is rendered, and that hostile text stays text."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.journeys.conftest import Model, Scene
from tests.support.browser_visitor import BrowserVisitor

HOSTILE = """<script>window.hit = 1</script> <img src=x onerror="window.hit = 2">
<svg onload="window.hit = 3"></svg> <style>body { display: none }</style>

[script](javascript:window.hit=4) [data](data:text/html,<script>window.hit=5</script>)
![pixel](https://tracker.invalid/pixel.png) ![x](javascript:window.hit=6)
<https://example.org/"onmouseover="window.hit=7> [quote](https://example.org/"onclick="x)

```html"><img src=x onerror="window.hit=8">
</code></pre><script>window.hit = 9</script>
```

| <b>a</b> | [b](vbscript:x) |
|---|---|
| <iframe src="https://tracker.invalid"></iframe> | <a href="javascript:x">c</a> |

</div></main> &lt;script&gt; [ID:0"><script>]
"""

RICH = """# Title

Some *words*, **more words** and `code`. [ID:0]

1. One
   - inner **bold**
   - inner two

2. Two

```python
def f(): return "```"
```

| a | b |
|--:|:-:|
| 1 | `x` |

> quoted
> - list

[link](https://example.org/a_(b)) and ~~gone~~ 结束。**重点。**后文
***
- last
"""

# Renders a text in pieces of several sizes and as a whole; returns the pieces that differ.
INCREMENTALLY = """async (text) => {
  const { MarkdownView } = await import("/static/console/markdown/view.js");
  const whole = document.createElement("div");
  new MarkdownView(whole).update(text, { open: false });
  const wrong = [];
  for (const step of [1, 2, 5, 11]) {
    const element = document.createElement("div");
    const view = new MarkdownView(element);
    for (let end = 0; end < text.length; end += step) {
      view.update(text.slice(0, end), { open: true });
      const fresh = document.createElement("div");
      new MarkdownView(fresh).update(text.slice(0, end), { open: true });
      if (element.innerHTML !== fresh.innerHTML) wrong.push(text.slice(0, end));
    }
    view.update(text, { open: false });
    if (element.innerHTML !== whole.innerHTML) wrong.push(step);
  }
  return wrong;
}"""

# How many finished paragraphs of a long answer are replaced while it grows.
TOUCHED = """async () => {
  const { MarkdownView } = await import("/static/console/markdown/view.js");
  const element = document.createElement("div");
  const view = new MarkdownView(element);
  let text = "";
  for (let n = 0; n < 300; n += 1) view.update(text += `Paragraph **${n}**\\n\\n`, { open: true });
  const before = [...element.children];
  view.update(text += "More.", { open: true });
  view.update(text += " And more.", { open: false });
  return before.filter((node, n) => element.children[n] !== node).length;
}"""


def test_hostile_text_stays_text(alice: BrowserVisitor, scene: Scene, model: Model) -> None:
    fetched: list[str] = []
    alice.page.on("request", lambda request: fetched.append(request.url))
    model.will_say(*(HOSTILE[at : at + 7] for at in range(0, len(HOSTILE), 7)))
    alice.visit(scene.model)
    alice.ask(HOSTILE)
    alice.wait_until_answered()

    assert alice.page.evaluate("window.hit") is None
    assert all(url.startswith(alice.address) for url in fetched)
    kinds = "script, img, iframe, style, object, embed, svg:not(.icon), [onerror], [onclick]"
    expect(alice.page.locator(".turn").locator(kinds)).to_have_count(0)
    links = alice.prose.get_by_role("link").all()
    assert links
    for link in links:
        assert str(link.get_attribute("href")).startswith("https://")
        assert "noopener" in str(link.get_attribute("rel"))
    expect(alice.prose).to_contain_text("<script>window.hit = 1</script>")


def test_a_text_rendered_in_pieces_equals_the_whole(alice: BrowserVisitor, scene: Scene) -> None:
    alice.visit(scene.load)
    assert alice.page.evaluate(INCREMENTALLY, RICH) == []
    assert alice.page.evaluate(INCREMENTALLY, HOSTILE) == []


def test_finished_paragraphs_are_not_rendered_again(alice: BrowserVisitor, scene: Scene) -> None:
    alice.visit(scene.load)
    assert alice.page.evaluate(TOUCHED) <= 2


def test_code_is_copied(alice: BrowserVisitor, scene: Scene, model: Model) -> None:
    alice.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    model.will_say("```sh\nmake run\n```")
    alice.visit(scene.model)
    alice.ask("How?")
    alice.wait_until_answered()
    alice.prose.get_by_role("button", name="Copy").click()
    expect(alice.prose.get_by_role("button", name="Copied")).to_be_visible()
    assert alice.page.evaluate("navigator.clipboard.readText()") == "make run"


def test_transcripts_of_the_admin_are_rendered_and_stay_inert(
    alice: BrowserVisitor, scene: Scene, model: Model
) -> None:
    model.will_say(f"{RICH}\n{HOSTILE}")
    alice.visit(scene.model)
    alice.ask("How is it written down?")
    alice.wait_until_answered()
    page = alice.page
    page.goto(f"{alice.address}/admin/chat/chatsession/?q=more+words")
    page.get_by_role("link", name="How is it written down?").click()
    prose = page.locator(".bubble.answer .prose")
    expect(prose.locator("strong").first).to_have_text("more words")
    expect(prose.locator("td").nth(1)).to_have_text("x")
    expect(prose).to_contain_text("<script>window.hit = 1</script>")
    assert page.evaluate("window.hit ?? null") is None
    assert page.locator(".transcript :is(script, img, iframe, style, svg[onload])").count() == 0

"""What axe-core finds on a page."""
import pathlib

SOURCE = (pathlib.Path(__file__).resolve().parents[2] / "web/node_modules/axe-core/axe.min.js").read_text()


def serious(page):
    """What keeps somebody out."""
    page.evaluate(SOURCE)
    found = page.evaluate("() => axe.run().then((r) => r.violations)")
    return [(v["id"], [n["html"][:200] for n in v["nodes"]]) for v in found if v["impact"] in ("serious", "critical")]

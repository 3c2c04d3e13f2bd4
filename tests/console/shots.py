"""Pictures of pages for the documents: 256 colours, so that they stay small."""
import io
import os
import pathlib

from PIL import Image

LIMIT = 150 * 1000


def take(page, name):
    """Takes one and checks its size; kept in the folder PF_SCREENSHOTS, if that is given."""
    picture = Image.open(io.BytesIO(page.screenshot())).convert("RGB").quantize(256, dither=Image.Dither.NONE)
    packed = io.BytesIO()
    picture.save(packed, "PNG", optimize=True)
    assert packed.tell() < LIMIT, f"{name}: {packed.tell()} bytes"
    if "PF_SCREENSHOTS" in os.environ:
        folder = pathlib.Path(os.environ["PF_SCREENSHOTS"])
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{name}.png").write_bytes(packed.getvalue())

"""One page of a PDF or image that a stranger made, drawn as JPEG, in a process with the limits of `process`.

Its answer is one frame of JSON (I what was drawn, X why not), then the bytes of the picture.
"""

from __future__ import annotations

import io
import os
import sys
from pathlib import Path
from typing import Any

import orjson

from core.reader.problems import Problem
from core.reader.process import limit, send

WIDTH, HEIGHT = 1600, 3200
"""A picture fits into so many pixels; a page of A4 then has 190 dots per inch, so that small print can be read."""
MOST_PIXELS = 40_000_000  # of an image that is taken apart; a JPEG is made smaller before that
LONGEST_TEXT = 20_000  # characters of one page
QUALITY = 80


def page_of_pdf(path: Path, number: int, turn: int) -> tuple[dict[str, Any], Any]:
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(path)
    except pypdfium2.PdfiumError as bad:
        raise Problem("password" if bad.err_code == pypdfium2.raw.FPDF_ERR_PASSWORD else "damaged") from bad
    pages = len(document)
    if not pages:
        raise Problem("empty")
    if not 1 <= number <= pages:
        raise Problem("page", pages=pages)
    document.init_forms()  # what was filled into the fields of a form is drawn, too
    try:
        page = document[number - 1]
        across, down = page.get_size()
        wide, high = (down, across) if turn in (90, 270) else (across, down)
        if min(wide, high) <= 0:
            raise Problem("damaged")
        scale = min(WIDTH / wide, HEIGHT / high)
        image = page.render(scale=scale, rotation=turn).to_pil()
        text = page.get_textpage().get_text_range(0, -1)[:LONGEST_TEXT]
    except pypdfium2.PdfiumError as bad:
        raise Problem("damaged") from bad
    return {"pages": pages, "text": text.replace("\r\n", "\n").strip()}, image


def page_of_image(path: Path, number: int, turn: int) -> tuple[dict[str, Any], Any]:
    from PIL import Image, ImageOps

    Image.MAX_IMAGE_PIXELS = None  # the limit is ours, below
    if number != 1:
        raise Problem("page", pages=1)
    try:
        image = Image.open(path, formats=["JPEG", "PNG"])
        image.draft("RGB", (WIDTH, WIDTH))
        if image.width * image.height > MOST_PIXELS:
            raise Problem("pixels", pixels=image.width * image.height // 1_000_000)
        upright = ImageOps.exif_transpose(image)
        if upright.mode in ("RGBA", "LA", "P", "PA"):  # what is transparent stands on white
            upright = upright.convert("RGBA")
            ground = Image.new("RGBA", upright.size, "white")
            ground.alpha_composite(upright)
            upright = ground
        turned = upright.rotate(-turn, expand=True) if turn else upright
        turned.thumbnail((WIDTH, HEIGHT))
    except (OSError, SyntaxError, ValueError) as bad:  # what Pillow raises over a broken file
        raise Problem("damaged") from bad
    return {"pages": 1, "text": ""}, turned


def main() -> None:
    request = orjson.loads(sys.argv[1])
    limit(**request["limits"])
    try:
        path = Path(request["path"])
        draw = page_of_pdf if request["pdf"] else page_of_image
        about, image = draw(path, request["page"], request["turn"])
        picture = io.BytesIO()
        image.convert("RGB").save(picture, "JPEG", quality=QUALITY)
        send(b"I", about | {"width": image.width, "height": image.height})
        view = memoryview(picture.getbuffer())
        while view:
            view = view[os.write(1, view) :]
    except Problem as problem:
        send(b"X", {"code": problem.code, **problem.about})
    except MemoryError:
        send(b"X", {"code": "memory"})
    except Exception as bug:
        send(b"X", {"code": "damaged", "because": f"{type(bug).__name__}: {bug}"[:300]})

"""A compressed screenshot is smaller and still the same picture."""

from base64 import b64encode

import pytest
from playwright.async_api import Browser, Page

from tests.browser.small_png import SIGNATURE, smaller

DRAW = """
<body style="margin: 0; font: 20px sans-serif">
<p style="color: #0f5f5c">Halted: Contoso Mail</p>
<p style="color: #a2362c">Not known whether halted</p>
<p style="background: linear-gradient(90deg, white, navy)">Rolling out</p>
<p style="width: 4px; height: 4px; position: fixed; top: 0; left: 0; margin: 0;
          background: rgb(255, 0, 0)"></p>
"""
LOOK = """async (address) => {
  const picture = new Image();
  picture.src = address;
  await picture.decode();
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [picture.width, picture.height];
  const brush = canvas.getContext("2d");
  brush.drawImage(picture, 0, 0);
  return Array.from(brush.getImageData(0, 0, picture.width, picture.height).data);
}"""


async def seen(page: Page, png: bytes) -> list[int]:
    """Return the pixels of a picture as a browser decodes it."""
    address = f"data:image/png;base64,{b64encode(png).decode()}"
    points: list[int] = await page.evaluate(LOOK, address)
    return points


def colours(pixels: list[int]) -> int:
    """Count the colours of a picture."""
    return len({tuple(pixels[i : i + 4]) for i in range(0, len(pixels), 4)})


@pytest.mark.asyncio(loop_scope="session")
async def test_a_browser_sees_the_same_picture_in_fewer_colours(
    browser: Browser,
) -> None:
    page = await browser.new_page(viewport={"width": 200, "height": 200})
    await page.set_content(DRAW)
    before = await page.screenshot()

    after = smaller(before)

    was, now = await seen(page, before), await seen(page, after)
    assert len(after) < len(before)
    assert max(abs(a - b) for a, b in zip(was, now, strict=True)) < 16
    assert now[:4] == [255, 0, 0, 255]
    assert colours(was) > 256 >= colours(now)
    await page.close()


@pytest.mark.parametrize("data", [b"", b"GIF89a", SIGNATURE[:4]])
def test_what_is_no_picture_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match="no PNG"):
        smaller(data)

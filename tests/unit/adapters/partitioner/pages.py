"""Small PDFs written by hand: one page of 200 by 100 points, a font, a picture and what a test draws."""

PICTURE = bytes([255] * 8 + [0] * 8)
"""Two rows of eight: light above, dark below."""

LAYERS = "/OCProperties << /OCGs [9 0 R] /D << /OFF [9 0 R] >> >>"


def page(drawn: str, *, picture: bytes = PICTURE, crop: str = "", form: str = "", objects: int = 0) -> bytes:
    """Return a PDF. Names for what is drawn: font F, picture I, form X, states CLEAR and FAINT, layer OFF."""
    resources = (
        "/Font << /F 5 0 R >> /XObject << /I 6 0 R /X 7 0 R >> /Properties << /OFF 9 0 R >> "
        "/ExtGState << /CLEAR << /ca 0 /CA 0 >> /FAINT << /ca 0.02 >> >>"
    )
    shown = picture.hex() + ">"
    return written(
        f"<< /Type /Catalog /Pages 2 0 R {LAYERS} >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 100] {crop} /Contents 4 0 R /Resources << {resources} >> >>",
        stream("", drawn),
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        stream(
            "/Type /XObject /Subtype /Image /Width 8 /Height 2 /ColorSpace /DeviceGray /BitsPerComponent 8 "
            "/Filter /ASCIIHexDecode",
            shown,
        ),
        stream(f"/Type /XObject /Subtype /Form /BBox [0 0 200 100] /Resources << {resources} >>", form),
        "<< >>",
        "<< /Type /OCG /Name (off) >>",
    )


def said(text: str, *, x: float = 20, y: float = 50, size: float = 12, more: str = "") -> str:
    """Return the drawing of one line of text."""
    return f"BT {more} /F {size} Tf {x} {y} Td ({text}) Tj ET\n"


def stream(facts: str, content: str) -> str:
    return f"<< {facts} /Length {len(content)} >>\nstream\n{content}\nendstream"


def written(*objects: str) -> bytes:
    body = "%PDF-1.7\n" + "".join(f"{number} 0 obj\n{one}\nendobj\n" for number, one in enumerate(objects, 1))
    return f"{body}trailer << /Root 1 0 R >>\n%%EOF".encode("latin-1")

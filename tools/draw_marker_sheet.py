"""Draw ``docs/marker-sheet.pdf``: the printed card, its ruler, and how to use it.

Run from the checkout: ``.venv/bin/python tools/draw_marker_sheet.py``
"""

from __future__ import annotations

from pathlib import Path

import cv2

from facemap.resources import load_knowledge

TARGET = Path(__file__).parents[1] / "docs" / "marker-sheet.pdf"
#: As wide as A4 and as high as Letter: fits on both without scaling.
PAGE_MM = 210.0, 279.4
LEFT_MM, RIGHT_MM = 24.0, 186.0
POINTS_PER_MM = 72 / 25.4
#: Bezier handles of a quarter circle.
ROUND = 0.5523
BLACK, TEXT, QUIET, FAINT = 0.0, 0.13, 0.42, 0.72

STEPS = (
    (
        "Print ",
        "this page at 100 % (“Actual size”, not “Fit to page”),",
        "on matte white paper, A4 or Letter.",
    ),
    (
        "Measure. ",
        "The ruler must be 50 mm long, give or take 0.2, and the",
        "black square 20 mm both ways. If not, print again.",
    ),
    (
        "Cut ",
        "along the marks and keep the white margin. Glue the strip to",
        "something stiff: where it is bent it is not used.",
    ),
    (
        "Hold ",
        "it beside the temple, level with the eyes and facing the camera,",
        "or flat against forehead or cheek. Fingers on the margin only,",
        "and not over skin that is to be measured.",
    ),
    (
        "For color, ",
        "lay a real 18 % gray card over the gray square so that it",
        "hides the dot. Leave the black square and the white beside it free.",
        "Without one the printed gray is read, which is only roughly neutral.",
    ),
)
CLOSING = (
    "Where facemap finds the marker, millimeters come from it, not from irises and",
    "pupils. Where it is over 15 % off from those it is refused, and that is said.",
    "Marker 0 of OpenCV’s dictionary DICT_4X4_50. Drawn by tools/draw_marker_sheet.py.",
)


def escape(text: str) -> str:
    """Write what a PDF string may hold, its bytes as Latin-1 characters."""
    raw = text.encode("cp1252").decode("latin-1")
    for special in "\\()":
        raw = raw.replace(special, "\\" + special)
    return raw


class Sheet:
    """A page of vector graphics in millimeters, y down from the top left."""

    def __init__(self) -> None:
        width, height = (mm * POINTS_PER_MM for mm in PAGE_MM)
        self.media_box = f"0 0 {width:.3f} {height:.3f}"
        k = f"{POINTS_PER_MM:.6f}"
        self.lines = [f"{k} 0 0 -{k} 0 {height:.3f} cm", "1 J 1 j"]

    def rectangle(
        self, x: float, y: float, width: float, height: float, gray: float
    ) -> None:
        self.lines.append(f"{gray:g} g {x:.4f} {y:.4f} {width:.4f} {height:.4f} re f")

    def stroke(self, *points: tuple[float, float], gray: float, width: float) -> None:
        path = [
            f"{x:.3f} {y:.3f} {'l' if n else 'm'}" for n, (x, y) in enumerate(points)
        ]
        self.lines.append(f"{gray:g} G {width:g} w {' '.join(path)} S")

    def ellipse(
        self, x: float, y: float, rx: float, ry: float, gray: float, width: float = 0.0
    ) -> None:
        """Stroke `width` wide, or fill where that is 0."""
        hx, hy = rx * ROUND, ry * ROUND
        corners = (
            (x + rx, y + hy, x + hx, y + ry, x, y + ry),
            (x - hx, y + ry, x - rx, y + hy, x - rx, y),
            (x - rx, y - hy, x - hx, y - ry, x, y - ry),
            (x + hx, y - ry, x + rx, y - hy, x + rx, y),
        )
        curves = " ".join(" ".join(f"{n:.3f}" for n in c) + " c" for c in corners)
        paint = f"{gray:g} G {width:g} w" if width else f"{gray:g} g"
        end = "s" if width else "f"
        self.lines.append(f"{paint} {x + rx:.3f} {y:.3f} m {curves} {end}")

    def text(
        self, x: float, y: float, text: str, points: float, gray: float, lead: str = ""
    ) -> None:
        """Write a line; `lead` stands before it in bold."""
        size = points / POINTS_PER_MM
        runs = [("B", lead), ("R", text)]
        shown = " ".join(
            f"/{font} {size:.4f} Tf ({escape(run)}) Tj" for font, run in runs if run
        )
        self.lines.append(f"BT {gray:g} g 1 0 0 -1 {x:.3f} {y:.3f} Tm {shown} ET")

    def pdf(self) -> bytes:
        content = "\n".join(self.lines).encode("latin-1")
        font = "<< /Type /Font /Subtype /Type1 /Encoding /WinAnsiEncoding /BaseFont /{}"
        objects = [
            # Print dialogs then offer no scaling of their own accord.
            b"<< /Type /Catalog /Pages 2 0 R /Lang (en-US) "
            b"/ViewerPreferences << /PrintScaling /None /DisplayDocTitle true >> >>",
            b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
            f"<< /Type /Page /Parent 2 0 R /MediaBox [{self.media_box}] "
            "/Contents 4 0 R "
            "/Resources << /Font << /R 5 0 R /B 6 0 R >> >> >>".encode(),
            b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content),
            (font.format("Helvetica") + " >>").encode(),
            (font.format("Helvetica-Bold") + " >>").encode(),
            b"<< /Title (facemap marker sheet) >>",
        ]
        out, places = b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n", []
        for number, body in enumerate(objects, start=1):
            places.append(len(out))
            out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
        table = b"".join(b"%010d 00000 n \n" % place for place in places)
        count = len(objects) + 1
        return out + (
            b"xref\n0 %d\n0000000000 65535 f \n%s"
            b"trailer\n<< /Size %d /Root 1 0 R /Info 7 0 R >>\nstartxref\n%d\n%%%%EOF\n"
            % (count, table, count, len(out))
        )


def draw_card(sheet: Sheet, x: float, y: float) -> None:
    """Draw the card with the top left of its margin at a place."""
    card = load_knowledge("marker")["card"]
    side = float(card["side_mm"])
    left, top, right, bottom = (side * edge for edge in card["outline"])
    middle_x, middle_y = x - left, y - top
    known = cv2.aruco.getPredefinedDictionary(cv2.aruco.DICT_4X4_50)
    cells = known.generateImageMarker(int(card["id"]), known.markerSize + 2) > 0
    cell = side / len(cells)
    # One black square with white cells on it: no hairline between black ones.
    sheet.rectangle(middle_x - side / 2, middle_y - side / 2, side, side, BLACK)
    for row, bits in enumerate(cells):
        starts = [n for n, bit in enumerate(bits) if bit and not (n and bits[n - 1])]
        for start in starts:
            end = next(n for n in range(start, len(bits)) if not bits[n])
            sheet.rectangle(
                middle_x - side / 2 + start * cell,
                middle_y - side / 2 + row * cell,
                (end - start) * cell,
                cell,
                1.0,
            )
    gray = [side * edge for edge in card["gray"]]
    sheet.rectangle(
        middle_x + gray[0],
        middle_y + gray[1],
        gray[2] - gray[0],
        gray[3] - gray[1],
        1 - float(card["gray_ink"]),
    )
    dot = side * float(card["dot_radius"])
    sheet.ellipse(
        middle_x + (gray[0] + gray[2]) / 2, middle_y + (gray[1] + gray[3]) / 2,
        dot, dot, 1.0,
    )  # fmt: skip
    for corner_x, out_x in ((x, -1), (x + right - left, 1)):
        for corner_y, out_y in ((y, -1), (y + bottom - top, 1)):
            for dx, dy in ((out_x, 0), (0, out_y)):
                sheet.stroke(
                    (corner_x + dx, corner_y + dy),
                    (corner_x + 4 * dx, corner_y + 4 * dy),
                    gray=QUIET,
                    width=0.15,
                )


def draw_ruler(sheet: Sheet, x: float, y: float) -> None:
    """Draw 50 mm, every one of them."""
    sheet.stroke((x, y), (x + 50, y), gray=BLACK, width=0.2)
    for mm in range(51):
        length = 4.5 if mm % 10 == 0 else 3.2 if mm % 5 == 0 else 2.0
        sheet.stroke((x + mm, y), (x + mm, y - length), gray=BLACK, width=0.15)
    for mm in range(0, 51, 10):
        shift = 0.75 if mm < 10 else 1.5
        sheet.text(x + mm - shift, y - 6, str(mm), 8, TEXT)
    sheet.text(x + 53.5, y - 6, "mm", 8, TEXT)


def draw_head(sheet: Sheet, x: float, y: float, strip: tuple[float, ...]) -> None:
    """Draw where to hold the strip: its middle and half sizes from the nose's root."""
    sheet.stroke((x - 23, y), (x + 23, y), gray=FAINT, width=0.2)
    sheet.rectangle(x - 11.6, y - 1, 23.2, 2, 1.0)
    for side in (-1, 1):
        sheet.ellipse(x + 5.2 * side, y, 2.6, 1.3, QUIET, 0.25)
        sheet.ellipse(x + 5.2 * side, y, 0.8, 0.8, QUIET)
    sheet.ellipse(x, y + 2.5, 12, 16.5, QUIET, 0.3)
    sheet.stroke(
        (x, y + 3), (x - 1.4, y + 7.5), (x + 0.8, y + 7.8), gray=QUIET, width=0.25
    )
    sheet.stroke((x - 3.4, y + 12), (x + 3.4, y + 12), gray=QUIET, width=0.25)
    dx, dy, half_x, half_y = strip
    left, top = x + dx - half_x, y + dy - half_y
    sheet.rectangle(left, top, 2 * half_x, 2 * half_y, 1.0)
    outline = (
        (left, top), (left + 2 * half_x, top), (left + 2 * half_x, top + 2 * half_y),
        (left, top + 2 * half_y), (left, top),
    )  # fmt: skip
    sheet.stroke(*outline, gray=TEXT, width=0.25)
    upright = half_y > half_x
    across, along = (half_x, half_y) if upright else (half_y, half_x)
    square = 1.33 * across
    for shift, gray in ((along / 2, BLACK), (-along / 2, 1 - 0.54)):
        place_x, place_y = (0.0, shift) if upright else (-shift, 0.0)
        sheet.rectangle(
            x + dx + place_x - square / 2, y + dy + place_y - square / 2,
            square, square, gray,
        )  # fmt: skip


def draw_sheet() -> bytes:
    """Draw the whole sheet, the same bytes each time."""
    sheet = Sheet()
    sheet.text(LEFT_MM, 27, "", 20, TEXT, lead="A ruler and a gray beside the face")
    sheet.text(
        LEFT_MM, 34.5, "facemap marker sheet. Two strips: one to use, one to keep.",
        10.5, QUIET,
    )  # fmt: skip
    draw_card(sheet, LEFT_MM, 48)
    draw_card(sheet, RIGHT_MM - 60, 48)

    draw_ruler(sheet, LEFT_MM, 102)
    sheet.text(LEFT_MM + 68, 101, "50 mm, to be measured after printing", 9, QUIET)

    y = 122.0
    for number, (lead, *rest) in enumerate(STEPS, start=1):
        sheet.text(LEFT_MM, y, "", 11, QUIET, lead=str(number))
        for line in rest:
            sheet.text(LEFT_MM + 7, y, line, 11, TEXT, lead=lead)
            lead = ""
            y += 5.4
        y += 3.6

    draw_head(sheet, LEFT_MM + 46, 221, (-17.5, 0.0, 3.0, 6.0))
    draw_head(sheet, LEFT_MM + 116, 221, (0.0, -9.3, 6.0, 3.0))
    sheet.text(LEFT_MM + 36.5, 246.5, "beside the temple", 9, QUIET)
    sheet.text(LEFT_MM + 107, 246.5, "or on the forehead", 9, QUIET)

    for n, line in enumerate(CLOSING):
        sheet.text(LEFT_MM, 257 + 4.2 * n, line, 8.5, QUIET)
    return sheet.pdf()


def main() -> None:
    TARGET.write_bytes(draw_sheet())
    print(TARGET.name, "written")


if __name__ == "__main__":
    main()

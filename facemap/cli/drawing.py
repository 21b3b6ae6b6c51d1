"""``facemap phantom`` and ``facemap demo``: drawn faces."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from facemap.cli.common import keep, keep_analysis, print_json, progress
from facemap.cli.comparing import keep_comparison
from facemap.cli.planning import keep_plan
from facemap.errors import UsageError

__all__ = ["demo", "phantom"]

#: What the parameters of a phantom are called on the command line.
_PHANTOM_OPTIONS = {
    "seed": "--seed",
    "size_wh": "--width and --height",
    "px_per_mm": "--px-per-mm",
    "yaw_deg": "--yaw",
    "pitch_deg": "--pitch",
    "roll_deg": "--roll",
    "camera_distance_mm": "--distance",
    "light_azimuth_deg": "--light",
    "ita_deg": "--ita",
    "severity": "--severity",
    "hair": "--hair",
    "beard": "--beard",
    "exposure_ev": "--exposure",
    "blur_px": "--blur",
    "noise": "--noise",
}


def phantom(
    out: Annotated[
        Path, typer.Option("--out", metavar="DIR", help="Folder to draw into.")
    ],
    seed: Annotated[int, typer.Option(help="Another seed, another person.")] = 0,
    count: Annotated[
        int, typer.Option(help="How many, with seeds from --seed up.", min=1)
    ] = 1,
    width: Annotated[int, typer.Option(help="Pixels.")] = 1200,
    height: Annotated[int, typer.Option(help="Pixels.")] = 1500,
    px_per_mm: Annotated[
        float | None, typer.Option(help="Resolution; without it, head and neck fit.")
    ] = None,
    yaw: Annotated[
        float, typer.Option(help="Degrees, positive to the patient's left.")
    ] = 0.0,
    pitch: Annotated[float, typer.Option(help="Degrees, positive looking up.")] = 0.0,
    roll: Annotated[
        float, typer.Option(help="Degrees, positive to the patient's left shoulder.")
    ] = 0.0,
    distance: Annotated[
        float, typer.Option(help="From camera to eyes, millimeters.")
    ] = 1500.0,
    light: Annotated[
        float, typer.Option(help="Where the light stands, degrees; 0 in front.")
    ] = 25.0,
    ita: Annotated[
        float, typer.Option(help="Skin tone: -60 very dark to 60 very light.")
    ] = 35.0,
    severity: Annotated[
        float, typer.Option(help="Wrinkles, 0 none to 4 severe.")
    ] = 2.0,
    smooth: Annotated[
        bool, typer.Option("--smooth", help="No pores, moles or loose hair.")
    ] = False,
    hair: Annotated[
        str, typer.Option(help="auto, none, short, swept, long or fringe.")
    ] = "auto",
    beard: Annotated[float, typer.Option(help="0 none to 1 full.")] = 0.0,
    glasses: Annotated[bool, typer.Option("--glasses", help="With glasses.")] = False,
    exposure: Annotated[float, typer.Option(help="Stops, 0 is correct.")] = 0.0,
    blur: Annotated[float, typer.Option(help="SD of the point spread, pixels.")] = 0.6,
    noise: Annotated[
        float, typer.Option(help="SD of the sensor noise, 8-bit counts.")
    ] = 1.5,
    jpeg: Annotated[
        int | None,
        typer.Option(help="Also write a JPEG of this quality.", min=1, max=95),
    ] = None,
    json: Annotated[
        bool, typer.Option("--json", help="Print the files written as a list.")
    ] = False,
) -> None:
    """Draw synthetic faces with exact truth: STEM.png and STEM.truth.json."""
    from facemap.results import ResultFolder
    from facemap.synthetic import HairStyle, PhantomParams, phantom_files

    folder = ResultFolder(out)
    written: list[str] = []
    for number in range(seed, seed + count):
        try:
            params = PhantomParams(
                seed=number,
                size_wh=(width, height),
                px_per_mm=px_per_mm,
                yaw_deg=yaw,
                pitch_deg=pitch,
                roll_deg=roll,
                camera_distance_mm=distance,
                light_azimuth_deg=light,
                ita_deg=ita,
                severity=severity,
                smooth=smooth,
                hair=HairStyle(hair),
                beard=beard,
                glasses=glasses,
                exposure_ev=exposure,
                blur_px=blur,
                noise=noise,
            )
        except ValueError as error:
            name, _, fault = str(error).partition(" ")
            raise UsageError(
                f"Such a face cannot be drawn: {_PHANTOM_OPTIONS[name]} {fault}",
                hint="See facemap phantom --help.",
            ) from error
        files = phantom_files(params, "", jpeg_quality=jpeg)
        stem = keep(
            folder,
            f"phantom-{number}",
            files,
            ".truth.json",
            partial(_is_drawn_from, params.document()),
        )
        for suffix in files:
            written.append(str(folder.path / f"{stem}{suffix}"))
            if not json:
                typer.echo(written[-1])
    if json:
        print_json(written)


def demo(
    out: Annotated[
        Path, typer.Option("--out", metavar="DIR", help="Folder for the tour.")
    ],
) -> None:
    """Take the tour without a camera, with a patient who is drawn.

    Two photos, weeks apart, analyzed; a plan for the first, from the example intake;
    and what changed between them.
    """
    from datetime import date

    from facemap.protocol import example_text, parse_intake
    from facemap.results import ResultFolder
    from facemap.service import open_service

    folder = ResultFolder(out)
    service = open_service()
    photos = [*service.demo_photos(), service.demo_later()]
    sights = []
    with progress(len(photos)) as following:
        for name, content in photos:
            sight = service.see(content, name=name, on_progress=following(name))
            photo = Path(name)
            keep_analysis(folder, photo.stem, sight.analysis, {photo.suffix: content})
            sights.append(sight)
    intake = parse_intake(example_text("intake"))
    plan = service.plan(sights[0].analysis, intake, day=date.today())
    # A folder of its own: a plan has the name of its photo.
    keep_plan(ResultFolder(out), Path(photos[0][0]).stem, plan)
    keep_comparison(folder, service.compare(sights[0], sights[-1]))
    typer.echo(f"The demo patient is in {out}")


def _is_drawn_from(params: Mapping[str, Any], document: Mapping[str, Any]) -> bool:
    return (
        str(document.get("schema")).startswith("facemap.phantom/")
        and document.get("params") == params
    )

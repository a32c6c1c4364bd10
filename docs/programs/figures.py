"""Draw the figures of docs/how-it-works.md into docs/figures; `make docs` does so."""

# ruff: noqa: RUF001 (figures are written with the signs of the field)

from __future__ import annotations

import sys
from pathlib import Path

from drawing import Sheet

FOLDER = Path(__file__).resolve().parents[1] / "figures"


def problem() -> Sheet:
    """When a dog is in view, when it barks, and when both."""
    sheet = Sheet(860, 250, "Ten seconds: a dog is in view from 0 to 7, barks from 3 to 10; the event is from 3 to 7")
    left, second = 170, 66
    for number in range(11):
        sheet.rule(left + second * number, 30, 200)
        sheet.words(left + second * number, 222, str(number), "small")
    sheet.words(left + 5 * second, 241, "seconds", "small")
    for row, (name, start, end, label, kind) in enumerate(
        [
            ("seen", 0, 7, "a dog is in view", "seen"),
            ("heard", 3, 10, "a dog barks", "heard"),
            ("seen and heard", 3, 7, "event: dog", "both"),
        ]
    ):
        y = 40 + 55 * row
        sheet.words(left - 16, y + 25, name, "right title")
        sheet.box(left + second * start, y, second * (end - start), 38, [label], kind)
    sheet.words(left + second * 1.5, 175, "background", "small")
    sheet.words(left + second * 8.5, 175, "background", "small")
    return sheet


def one_way() -> Sheet:
    """From a file to files."""
    sheet = Sheet(1030, 176, "A file is decoded in a sandbox, turned into features, scored, decided and written")
    steps = [
        ("media", ["decode", "in a sandboxed", "process"], "plain", "Clip"),
        ("features", ["encode", "7 × 7 grid, sound", "each second"], "seen", "Features"),
        ("models", ["score", "windows of", "ten seconds"], "motion", "Scores"),
        ("events", ["decide", "stitch, hysteresis,", "shortest length"], "both", "Timeline"),
        ("report", ["write", "JSON, subtitles,", "page, …"], "plain", "files"),
    ]
    sheet.words(20, 92, "path", "left title")
    sheet.arrow((66, 87), (96, 87))
    for number, (room, lines, kind, gives) in enumerate(steps):
        x = 100 + 192 * number
        sheet.words(x + 66, 34, f"{room}/", "small")
        sheet.box(x, 46, 132, 84, lines, kind)
        if number < len(steps) - 1:
            sheet.arrow((x + 132, 87), (x + 188, 87))
        sheet.words(x + 162 if number < len(steps) - 1 else x + 66, 156, gives, "title")
    return sheet


def pf_me() -> Sheet:
    """Past and future motion excitation, for one segment."""
    sheet = Sheet(1090, 350, "pf-ME: each segment is compared with the one before and the one after it; eq. 1 to 6")
    for row, name in enumerate(("i − 1", "i", "i + 1")):
        y = 30 + 110 * row
        sheet.box(24, y, 130, 58, [f"picture {name}", "7 × 7 × 512"], "seen")
        sheet.arrow((154, y + 29), (186, y + 29))
        sheet.box(190, y, 100, 58, [f"x, {name}", "conv1, 1 × 1"], "seen")
    sheet.box(380, 72, 110, 58, ["conv_p", "3 × 3"], "motion")
    sheet.box(380, 204, 110, 58, ["conv_f", "3 × 3"], "motion")
    sheet.box(556, 58, 150, 66, ["past", "conv_p(xᵢ) − xᵢ₋₁", "eq. 2"], "motion")
    sheet.box(556, 210, 150, 66, ["future", "conv_f(xᵢ₊₁) − xᵢ", "eq. 3"], "motion")
    sheet.arrow((290, 158), (335, 158), (335, 101), (376, 101))
    sheet.arrow((490, 101), (552, 101))
    sheet.arrow((290, 46), (530, 46), (530, 76), (552, 76))
    sheet.arrow((290, 279), (335, 279), (335, 233), (376, 233))
    sheet.arrow((490, 233), (552, 233))
    sheet.arrow((290, 180), (530, 180), (530, 218), (552, 218))
    sheet.box(764, 137, 44, 58, ["+"], "motion")
    sheet.arrow((706, 91), (786, 91), (786, 133))
    sheet.arrow((706, 243), (786, 243), (786, 199))
    sheet.words(790, 268, "eq. 4", "small")
    sheet.box(840, 137, 96, 58, ["mean", "grid, eq. 5"], "motion")
    sheet.arrow((808, 166), (836, 166))
    sheet.box(968, 137, 100, 58, ["Mᵢ", "conv2, eq. 6"], "motion")
    sheet.arrow((936, 166), (964, 166))
    sheet.words(630, 318, "the first segment has no past, the last one no future: zero there", "small")
    return sheet


def pfagn() -> Sheet:
    """The whole network."""
    sheet = Sheet(1210, 460, "PFAGN: motion guides the sound, the sound guides the look, both are related and judged")
    sheet.box(24, 40, 170, 74, ["picture V", "10 × 7 × 7 × 512", "VGG-19"], "seen")
    sheet.box(24, 356, 170, 74, ["sound a", "10 × 128", "VGGish"], "heard")
    sheet.box(254, 186, 190, 74, ["pf-ME", "motion M, 10 × 128", "eq. 1–6"], "motion")
    sheet.box(
        254, 330, 190, 100, ["motion-guided", "audio attention", "segments, eq. 7–8", "channels, eq. 9–10"], "heard"
    )
    sheet.box(504, 40, 190, 100, ["visual attention", "channels, then places,", "guided by a′", "eq. 11–14"], "seen")
    for y, name, memory, kind in ((40, "picture", "sound", "seen"), (330, "sound", "picture", "heard")):
        lines = [f"relation of the {name}", f"asks the encoded {memory}", "and itself", "eq. 15–23"]
        sheet.box(754, y, 216, 100, lines, kind)
    sheet.box(754, 190, 216, 90, ["interaction", "v ⊙ a asks both", "10 × 256"], "both")
    sheet.box(1030, 128, 156, 74, ["event?", "each segment, 10", "sigmoid"], "both")
    sheet.box(1030, 268, 156, 74, ["category", "the clip, 28", "maximum over time"], "both")
    sheet.arrow((194, 77), (500, 77))
    sheet.arrow((224, 77), (224, 223), (250, 223))
    sheet.arrow((349, 260), (349, 326))
    sheet.words(362, 298, "M", "left title")
    sheet.arrow((194, 393), (250, 393))
    sheet.arrow((444, 380), (750, 380))
    sheet.words(470, 370, "a′", "title")
    sheet.arrow((599, 380), (599, 144))
    sheet.arrow((694, 77), (750, 77))
    sheet.words(709, 67, "v", "title")
    sheet.arrow((724, 77), (724, 356), (750, 356))
    sheet.arrow((704, 380), (704, 116), (750, 116))
    sheet.arrow((862, 140), (862, 186))
    sheet.arrow((862, 330), (862, 284))
    sheet.arrow((970, 225), (1000, 225), (1000, 165), (1026, 165))
    sheet.arrow((970, 245), (1000, 245), (1000, 305), (1026, 305))
    return sheet


FIGURES = {"problem": problem, "one-way": one_way, "pf-me": pf_me, "pfagn": pfagn}

if __name__ == "__main__":
    folder = Path(sys.argv[1]) if sys.argv[1:] else FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    for name, draw in FIGURES.items():
        (folder / f"{name}.svg").write_text(draw().svg(), encoding="utf-8")

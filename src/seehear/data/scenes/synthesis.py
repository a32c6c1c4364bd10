"""Sounds made of formulas: one function each, float32 mono at `SAMPLE_RATE_HZ`.

Struck things sound at the strokes k + 1/2 of their beat (`clock * tempo_hz`), which is where the drawn objects of
`drawn.py` strike, so that picture and sound agree without knowing each other.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from seehear.core.values import SAMPLE_RATE_HZ


@dataclass(frozen=True, slots=True)
class Voice:
    """What varies from one object of a category to the next."""

    tempo_hz: float
    """Strokes, swings or chirps per second."""
    pitch: float
    """Factor on every frequency, about 1."""
    seed: int

    @property
    def random(self) -> np.random.Generator:
        return np.random.default_rng(self.seed)


def clock_of(seconds: float) -> np.ndarray:
    """float32 [S], the time of each sample."""
    return np.arange(round(seconds * SAMPLE_RATE_HZ), dtype=np.float32) / np.float32(SAMPLE_RATE_HZ)


def sine(frequency_hz: float | np.ndarray, clock: np.ndarray) -> np.ndarray:
    """A tone; a frequency that varies with time is integrated into the phase."""
    if isinstance(frequency_hz, np.ndarray):
        cycles = np.cumsum(frequency_hz, dtype=np.float64) / SAMPLE_RATE_HZ
        return np.sin((2 * np.pi * (cycles % 1)).astype(np.float32))
    return np.sin(np.float32(2 * np.pi * frequency_hz) * clock)


def shaped_noise(count: int, gain: Callable[[np.ndarray], np.ndarray], random: np.random.Generator) -> np.ndarray:
    """Noise whose spectrum is multiplied by `gain(frequency_hz)`, scaled to a root mean square of 1."""
    padded = 1 << max(8, (count - 1).bit_length())
    frequency_hz = np.arange(padded // 2 + 1) * (SAMPLE_RATE_HZ / padded)
    spectrum = np.fft.rfft(random.standard_normal(padded, dtype=np.float32)) * gain(frequency_hz)
    noise = np.fft.irfft(spectrum, padded).astype(np.float32)[:count]
    return noise / (np.sqrt(np.mean(noise**2)) + 1e-9)


def band(low_hz: float, high_hz: float) -> Callable[[np.ndarray], np.ndarray]:
    """A gain that passes one band with soft edges."""

    def gain(frequency_hz: np.ndarray) -> np.ndarray:
        return 1 / ((1 + (low_hz / np.maximum(frequency_hz, 1)) ** 6) * (1 + (frequency_hz / high_hz) ** 6))

    return gain


def struck(stroke: np.ndarray, tempo_hz: float, seconds: float, *, alternate: float = 1.0) -> np.ndarray:
    """The stroke at every half beat k + 1/2; `alternate` is the loudness of every other one."""
    sound = np.zeros(round(seconds * SAMPLE_RATE_HZ), dtype=np.float32)
    for number in range(int(np.ceil(seconds * tempo_hz))):
        start = round((number + 0.5) / tempo_hz * SAMPLE_RATE_HZ)
        length = max(0, min(len(stroke), len(sound) - start))
        sound[start : start + length] += stroke[:length] * (alternate if number % 2 else 1.0)
    return sound


def decaying(partials: list[tuple[float, float, float]], seconds: float) -> np.ndarray:
    """A sum of tones (frequency in Hz, amplitude, seconds to fall to 1/e), all struck at once."""
    clock = clock_of(seconds)
    sound = np.zeros_like(clock)
    for frequency, amplitude, fall in partials:
        sound += np.float32(amplitude) * np.exp(clock * np.float32(-1 / fall)) * sine(frequency, clock)
    return sound


def bell(voice: Voice, seconds: float) -> np.ndarray:
    """Hum, prime, minor third, fifth and octave of a church bell, struck at each end of the swing."""
    base = 420 * voice.pitch
    ratios = ((0.5, 0.5, 1.0), (1.0, 1.0, 0.8), (1.2, 0.8, 0.6), (1.5, 0.5, 0.5), (2.0, 0.9, 0.5), (2.67, 0.5, 0.3))
    stroke = decaying([(base * ratio, amplitude, fall) for ratio, amplitude, fall in ratios], 1.6)
    return struck(stroke, voice.tempo_hz, seconds)


def drum(voice: Voice, seconds: float) -> np.ndarray:
    """A skin whose pitch falls from the stroke on, and the slap of the stick."""
    clock = clock_of(0.35)
    skin = sine(voice.pitch * (75 + 90 * np.exp(-clock / 0.03)), clock) * np.exp(-clock / 0.11)
    slap = shaped_noise(len(clock), band(100, 900), voice.random) * np.exp(-clock / 0.02)
    return struck((skin + 0.3 * slap).astype(np.float32), voice.tempo_hz, seconds, alternate=0.8)


def ball(voice: Voice, seconds: float) -> np.ndarray:
    """The short rubbery "doing" of an impact: a tone that rises as the ball regains its shape."""
    clock = clock_of(0.22)
    tone = sine(voice.pitch * (230 + 900 * clock), clock) + 0.4 * sine(voice.pitch * (690 + 2700 * clock), clock)
    return struck((tone * np.exp(-clock / 0.06)).astype(np.float32), voice.tempo_hz, seconds)


def siren(voice: Voice, seconds: float) -> np.ndarray:
    """A wail: harmonics that glide up and down once every two beats."""
    clock = clock_of(seconds)
    glide = 950 + 350 * np.sin(np.pi * voice.tempo_hz * clock)
    return np.sum([sine(voice.pitch * number * glide, clock) / number for number in (1, 2, 3, 4)], axis=0)


def metronome(voice: Voice, seconds: float) -> np.ndarray:
    """A wooden knock; the accent falls on every other one."""
    knock = decaying([(1250 * voice.pitch, 1.0, 0.018), (2050 * voice.pitch, 0.6, 0.012)], 0.12)
    return struck(knock, voice.tempo_hz, seconds, alternate=0.6)


def alarm_clock(voice: Voice, seconds: float) -> np.ndarray:
    """A hammer between two small bells, twenty strokes a second, in rings that follow the beat."""
    clock = clock_of(seconds)
    ting = decaying(
        [(3300 * voice.pitch, 1.0, 0.05), (5150 * voice.pitch, 0.8, 0.04), (7000 * voice.pitch, 0.3, 0.02)], 0.15
    )
    ringing = (clock * voice.tempo_hz) % 2 < 1.6
    return struck(ting, 20, seconds) * ringing


def guitar(voice: Voice, seconds: float) -> np.ndarray:
    """Plucked strings: harmonics that fall the faster the higher they are, one note of a chord per beat."""
    sound = np.zeros(round(seconds * SAMPLE_RATE_HZ), dtype=np.float32)
    for string, ratio in enumerate((1.0, 1.5, 2.0, 2.52)):
        base = 110 * voice.pitch * ratio
        note = decaying([(base * n, 1 / n, 0.9 / n**0.7) for n in range(1, 9)], 1.4)
        plucks = np.zeros_like(sound)
        for number in range(string, int(np.ceil(seconds * voice.tempo_hz)), 4):
            start = round((number + 0.5) / voice.tempo_hz * SAMPLE_RATE_HZ)
            length = max(0, min(len(note), len(sound) - start))
            plucks[start : start + length] += note[:length]
        sound += plucks
    return sound


def bird(voice: Voice, seconds: float) -> np.ndarray:
    """A chirp per beat: a sweep between 2.5 and 5 kHz with a trill on it."""
    clock = clock_of(0.18)
    sweep = voice.pitch * (3200 + 1500 * np.sin(2 * np.pi * clock / 0.18) + 300 * np.sin(2 * np.pi * 28 * clock))
    chirp = sine(sweep, clock) * np.sin(np.pi * clock / 0.18) ** 2
    return struck(chirp.astype(np.float32), voice.tempo_hz, seconds)


def saw(voice: Voice, seconds: float) -> np.ndarray:
    """Teeth in wood: rough noise that comes and goes with every stroke, louder on the push."""
    clock = clock_of(seconds)
    beat = np.pi * voice.tempo_hz * clock
    stroke = np.abs(np.sin(beat)) ** 1.5 * np.where(np.sin(beat) > 0, 1.0, 0.6)
    rasp = 0.6 + 0.4 * np.sign(sine(95 * voice.pitch, clock))
    return (shaped_noise(len(clock), band(700, 2600), voice.random) * stroke * rasp).astype(np.float32)


def kettle(voice: Voice, seconds: float) -> np.ndarray:
    """Steam through a whistle: a steady trembling tone in a hiss."""
    clock = clock_of(seconds)
    tremble = 2350 * voice.pitch * (1 + 0.01 * np.sin(2 * np.pi * 7 * clock))
    hiss = shaped_noise(len(clock), band(3000, 7800), voice.random)
    return (sine(tremble, clock) + 0.3 * sine(2 * tremble, clock) + 0.35 * hiss).astype(np.float32)


def speech(voice: Voice, seconds: float) -> np.ndarray:
    """Speech-like: a gliding glottal tone through two formants that jump with the syllables, and sibilants."""
    clock = clock_of(seconds)
    random = voice.random
    syllable = (clock * voice.tempo_hz).astype(np.int64)
    count = int(syllable[-1]) + 1
    phase = clock * np.float32(voice.tempo_hz) - syllable
    base = 130 * voice.pitch * random.uniform(0.85, 1.2, count)[syllable]
    first, second = random.uniform(280, 800, count)[syllable], random.uniform(900, 2300, count)[syllable]
    voiced = np.zeros_like(clock)
    for number in range(1, 17):
        frequency = number * base
        gain = np.exp(-(((frequency - first) / 150) ** 2)) + 0.5 * np.exp(-(((frequency - second) / 200) ** 2)) + 0.02
        voiced += sine(frequency, clock) * gain.astype(np.float32)
    pause = (random.random(count) < 0.15)[syllable]
    sibilant = shaped_noise(len(clock), band(3500, 7500), random) * (phase > 0.8) * 0.25
    return ((voiced * np.sin(np.pi * phase) ** 0.5 + sibilant) * ~pause).astype(np.float32)


def music(voice: Voice, seconds: float) -> np.ndarray:
    """Music-like: held three-note chords of a soft organ that change every other beat, over a bass."""
    clock = clock_of(seconds)
    random = voice.random
    bar = (clock * voice.tempo_hz / 2).astype(np.int64)
    root = 196 * voice.pitch * 2 ** (random.choice([0, 5, 7, 9], int(bar[-1]) + 1)[bar] / 12)
    notes = [(0.5, 0.8), (1.0, 1.0), (1.26, 0.8), (1.5, 0.8), (2.0, 0.4), (3.0, 0.2)]
    within = (clock * voice.tempo_hz / 2) % 1
    swell = np.minimum(1, within * 12) * (1 - 0.4 * within)
    return (sum(amplitude * sine(root * ratio, clock) for ratio, amplitude in notes) * swell).astype(np.float32)


def vehicle(voice: Voice, seconds: float) -> np.ndarray:
    """Vehicle-like: a low engine with many harmonics whose speed drifts, over rolling noise."""
    clock = clock_of(seconds)
    speed = 42 * voice.pitch * (1 + 0.2 * np.sin(2 * np.pi * 0.15 * clock + voice.seed % 7))
    engine = sum(sine(speed * number, clock) / number**0.7 for number in range(1, 9))
    rolling = shaped_noise(len(clock), lambda frequency_hz: 1 / (1 + (frequency_hz / 250) ** 1.5), voice.random)
    return (engine + 1.2 * rolling).astype(np.float32)


def background_noise(seconds: float, random: np.random.Generator) -> np.ndarray:
    """White to brown noise, root mean square 1."""
    slope = random.uniform(0, 1)
    count = round(seconds * SAMPLE_RATE_HZ)
    return shaped_noise(count, lambda frequency_hz: 1 / np.maximum(frequency_hz, 40) ** slope, random)


SOUNDS: dict[str, Callable[[Voice, float], np.ndarray]] = {
    "bell": bell,
    "drum": drum,
    "ball": ball,
    "siren": siren,
    "metronome": metronome,
    "alarm clock": alarm_clock,
    "guitar": guitar,
    "bird": bird,
    "saw": saw,
    "kettle": kettle,
}
DISTURBANCES: dict[str, Callable[[Voice, float], np.ndarray]] = {"speech": speech, "music": music, "vehicle": vehicle}

"""Everyday things that a picture encoder and a sound encoder can both name.

The picture encoder speaks ImageNet (Russakovsky et al. 2015: 1000 classes and background), the sound encoder
AudioSet (Gemmeke et al. 2017: the 521 classes of YAMNet). Neither was made for the other: ImageNet knows 118 breeds
of dog and no helicopter, AudioSet knows every genre of music and no zebra. This page is the dictionary between them.

Names are parted by semicolons. A class name may be cut at its first comma ("cock", "violin") as long as it stays
unique; `a … b` is every class from `a` to `b` in the order of the list.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from seehear.core.errors import InvalidValueError, UnknownNameError
from seehear.core.labels import Categories


@dataclass(frozen=True, slots=True)
class Group:
    """One category and the classes of either list that stand for it."""

    category: str
    seen: str
    """ImageNet classes that are kinds of this thing, or parts that are not seen without it. Each is in one group."""
    heard: str
    """AudioSet classes that name the thing by its sound. What only the eye tells apart may share one."""


ANIMALS = (
    Group("dog", "Chihuahua … Mexican hairless", "Dog; Bark; Yip; Bow-wow; Growling; Whimper (dog)"),
    Group("cat", "tabby … Egyptian cat", "Cat; Purr; Meow; Caterwaul"),
    Group("horse", "sorrel; horse cart", "Horse; Clip-clop; Neigh"),
    Group("cow", "ox; water buffalo; oxcart", "Cattle; Moo; Cowbell"),
    Group("sheep", "ram; bighorn", "Sheep; Bleat"),
    Group("goat", "ibex", "Goat; Bleat"),
    Group("pig", "hog; wild boar; warthog", "Pig; Oink"),
    Group("rooster", "cock", "Crowing; Chicken"),
    Group("hen", "hen", "Cluck; Chicken"),
    Group("duck", "drake; red-breasted merganser", "Duck; Quack"),
    Group("goose", "goose", "Goose; Honk"),
    Group("rodent", "hamster; fox squirrel; marmot; guinea pig", "Rodents; Mouse"),
    Group("wolf", "timber wolf … coyote", "Howl; Canidae"),
    Group("big cat", "leopard … cheetah", "Roaring cats (lions, tigers); Roar"),
    Group("songbird", "brambling … water ouzel", "Bird; Bird vocalization; Chirp"),
    Group("parrot", "African grey … lorikeet", "Squawk; Bird; Bird vocalization"),
    Group("water bird", "white stork … pelican; albatross; black swan", "Bird; Bird vocalization; Squawk"),
    Group("bird of prey", "kite … vulture", "Bird; Bird vocalization; Squawk"),
    Group("game bird", "black grouse … partridge", "Turkey; Gobble"),
    Group("owl", "great grey owl", "Owl; Hoot"),
    Group("frog", "bullfrog … tailed frog", "Frog; Croak"),
    Group("snake", "thunder snake … sidewinder", "Snake; Rattle"),
    Group("cricket", "grasshopper; cricket; cicada", "Cricket; Insect"),
    Group("bee", "bee; apiary; honeycomb", "Bee; Buzz"),
    Group("fly", "fly", "Fly; Buzz; Mosquito"),
    Group("whale", "grey whale; killer whale", "Whale vocalization"),
)

TRAFFIC = (
    Group(
        "car",
        "beach wagon; cab; convertible; jeep; limousine; minivan; Model T; sports car",
        "Car; Car passing by; Vehicle horn; Toot; Car alarm; Tire squeal; Skidding",
    ),
    Group("race car", "racer; go-kart", "Race car; Accelerating; Skidding; Tire squeal"),
    Group(
        "truck",
        "trailer truck; garbage truck; moving van; tow truck; pickup",
        "Truck; Air brake; Air horn; Reversing beeps",
    ),
    Group("bus", "school bus; minibus; trolleybus", "Bus"),
    Group("ambulance", "ambulance", "Ambulance (siren); Siren; Emergency vehicle"),
    Group("police car", "police van", "Police car (siren); Siren; Emergency vehicle"),
    Group("fire engine", "fire engine", "Fire engine; Siren; Emergency vehicle"),
    Group("motorcycle", "moped; motor scooter", "Motorcycle"),
    Group("bicycle", "bicycle-built-for-two; mountain bike; tricycle", "Bicycle; Bicycle bell"),
    Group("tractor", "tractor; harvester; thresher", "Heavy engine (low frequency); Medium engine (mid frequency)"),
    Group(
        "train",
        "bullet train; electric locomotive; steam locomotive; freight car; passenger car",
        "Train; Train whistle; Train horn; Railroad car; Train wheels squealing; Steam whistle",
    ),
    Group("tram", "streetcar", "Subway; Rail transport; Train wheels squealing"),
    Group("motorboat", "speedboat; lifeboat; fireboat", "Motorboat"),
    Group("sailing boat", "schooner; yawl; catamaran; trimaran; pirate", "Sailboat"),
    Group("rowing boat", "canoe; gondola; paddle", "Rowboat"),
    Group("ship", "container ship; liner; aircraft carrier; paddlewheel", "Ship; Foghorn"),
    Group("airplane", "airliner; warplane; wing", "Fixed-wing aircraft; Jet engine; Propeller"),
)

TOOLS = (
    Group("chainsaw", "chain saw", "Chainsaw"),
    Group("lawn mower", "lawn mower", "Lawn mower"),
    Group("power drill", "power drill", "Drill"),
    Group("hammer", "hammer", "Hammer"),
    Group("saw", "lumbermill", "Sawing"),
    Group("axe", "hatchet", "Chop; Splinter"),
    Group("gun", "assault rifle; revolver; rifle", "Gunshot; Machine gun; Fusillade; Cap gun"),
    Group("cannon", "cannon", "Artillery fire"),
    Group("bow and arrow", "bow", "Arrow"),
)

HOUSEHOLD = (
    Group("vacuum cleaner", "vacuum", "Vacuum cleaner"),
    Group("hair dryer", "hand blower", "Hair dryer"),
    Group("electric fan", "electric fan", "Mechanical fan"),
    Group("sewing machine", "sewing machine", "Sewing machine"),
    Group("microwave oven", "microwave", "Microwave oven"),
    Group("frying pan", "frying pan; wok", "Frying (food)"),
    Group("boiling pot", "caldron; Crock Pot; hot pot", "Boiling"),
    Group("kitchen knife", "cleaver", "Chopping (food)"),
    Group("dishes", "plate rack; dishwasher", "Dishes; Cutlery"),
    Group("washbasin", "washbasin", "Water tap; Sink (filling or washing)"),
    Group("bathtub", "bathtub; tub", "Bathtub (filling or washing)"),
    Group("toilet", "toilet seat", "Toilet flush"),
    Group("sliding door", "sliding door", "Sliding door"),
    Group("fireplace", "fire screen", "Fire"),
    Group("typewriter", "typewriter keyboard", "Typewriter; Typing"),
    Group(
        "computer keyboard",
        "computer keyboard; laptop; notebook; desktop computer; space bar",
        "Computer keyboard; Typing",
    ),
    Group("printer", "printer; photocopier", "Printer"),
    Group(
        "telephone",
        "cellular telephone; dial telephone; pay-phone",
        "Telephone; Telephone bell ringing; Ringtone; Telephone dialing; Dial tone; Busy signal",
    ),
    Group("camera", "Polaroid camera; reflex camera", "Camera; Single-lens reflex camera"),
    Group("television", "television; home theater; entertainment center", "Television"),
    Group("radio", "radio; cassette player; tape player", "Radio"),
    Group("clock", "analog clock; wall clock; digital clock; stopwatch", "Clock; Tick; Tick-tock; Alarm clock"),
    Group("church bell", "bell cote; church", "Church bell; Change ringing (campanology)"),
    Group("chime", "chime", "Chime; Wind chime; Tubular bells; Bell"),
    Group("gong", "gong", "Gong"),
    Group("whistle", "whistle", "Whistle"),
)

INSTRUMENTS = (
    Group(
        "guitar",
        "acoustic guitar; electric guitar; pick",
        "Guitar; Acoustic guitar; Electric guitar; Bass guitar; Steel guitar; Tapping (guitar technique); Strum",
    ),
    Group("banjo", "banjo", "Banjo"),
    Group("harp", "harp", "Harp"),
    Group("violin", "violin", "Violin"),
    Group("cello or double bass", "cello", "Cello; Double bass"),
    Group("piano", "grand piano; upright", "Piano; Electric piano"),
    Group("organ", "organ", "Organ; Electronic organ; Hammond organ"),
    Group("accordion", "accordion", "Accordion"),
    Group("harmonica", "harmonica", "Harmonica"),
    Group("flute", "flute; panpipe; ocarina", "Flute"),
    Group("oboe or bassoon", "oboe; bassoon", "Clarinet; Wind instrument"),
    Group("saxophone", "sax", "Saxophone"),
    Group("trumpet", "cornet", "Trumpet"),
    Group("trombone", "trombone", "Trombone"),
    Group("French horn", "French horn", "French horn"),
    Group(
        "drum",
        "drum; drumstick",
        "Drum; Drum kit; Snare drum; Rimshot; Drum roll; Bass drum; Timpani; Tabla; Cymbal; Hi-hat",
    ),
    Group("marimba", "marimba", "Marimba; Glockenspiel; Vibraphone; Mallet percussion"),
    Group("maraca", "maraca", "Maraca; Rattle (instrument)"),
    Group("steel drum", "steel drum", "Steelpan"),
)

OUTDOORS = (
    Group("basketball", "basketball", "Basketball bounce"),
    Group("fountain", "fountain", "Stream; Waterfall; Trickle"),
    Group("sea", "seashore; sandbar; breakwater; promontory", "Ocean; Waves"),
    Group("volcano", "volcano; geyser", "Eruption; Gush"),
)

GROUPS: tuple[Group, ...] = ANIMALS + TRAFFIC + TOOLS + HOUSEHOLD + INSTRUMENTS + OUTDOORS


WIDER_NAMES: dict[str, tuple[str, ...]] = {
    "bird": ("songbird", "parrot", "water bird", "bird of prey", "game bird", "owl", "duck", "goose"),
    "drums": ("drum",),
    "double bass": ("cello or double bass",),
    "cello": ("cello or double bass",),
    "rooster": ("rooster", "hen"),
    "chicken": ("rooster", "hen"),
    "race car": ("race car", "car"),
    "boat": ("motorboat", "sailing boat", "rowing boat", "ship"),
}
"""What people call a category -> the groups that are kinds of it."""


def groups_of(category: str) -> tuple[str, ...]:
    """The groups that a category of another model may be; none where no group is of its kind."""
    names = tuple(group.category for group in GROUPS)
    return WIDER_NAMES.get(category, (category,) if category in names else ())


def categories_of(groups: Sequence[Group]) -> Categories:
    """The groups' names, numbered in their order."""
    return Categories(tuple(group.category for group in groups))


def class_numbers(wanted: str, known: Sequence[str]) -> tuple[int, ...]:
    """The columns of a class list that a line of names stands for, in the order of the line, none twice.

    Raises :class:`UnknownNameError` for a name that the list does not have, and :class:`InvalidValueError` for one
    that it has more than once or a range that runs backwards.
    """
    numbers: list[int] = []
    for part in filter(None, (part.strip() for part in wanted.split(";"))):
        first, dots, last = (name.strip() for name in part.partition("…"))
        start = _class_number(first, known)
        stop = _class_number(last, known) if dots else start
        if stop < start:
            raise InvalidValueError(f"the range {part!r} runs backwards: {last!r} comes before {first!r}")
        numbers += range(start, stop + 1)
    return tuple(dict.fromkeys(numbers))


def _class_number(name: str, known: Sequence[str]) -> int:
    """The column whose whole name this is, else the one whose name up to the first comma it is."""
    found = [number for number, label in enumerate(known) if label == name]
    found = found or [number for number, label in enumerate(known) if label.split(",")[0] == name]
    if not found:
        raise UnknownNameError(f"class, among {len(known)},", name, get_close_matches(name, known, n=5, cutoff=0.0))
    if len(found) > 1:
        raise InvalidValueError(f"{len(found)} classes are called {name!r}; write a range that holds the one you mean")
    return found[0]

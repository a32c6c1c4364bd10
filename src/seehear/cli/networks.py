"""For researchers: scenes, networks, training, evaluation, tables."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from seehear.cli.app import EXIT_OK, EXIT_SOME_FAILED, Flag, Supervision, app
from seehear.cli.show import FailedVideos, note, say
from seehear.core.labels import AVE_28


@app.command
def scenes(
    folder: Path,
    /,
    *,
    clips: int = 200,
    seed: int = 0,
    material: Path | None = None,
    held_out: Annotated[bool, Flag] = False,
    background_share: float | None = None,
    jobs: int = 2,
) -> int:
    """Render labelled training videos, from drawn material or from your own photos and sounds.

    Parameters
    ----------
    folder
        Where the videos and their labels go.
    clips
        How many.
    seed
        The same seed gives the same labels and the same pictures and sounds.
    material
        Your own folder of `photos/CATEGORY/*` and `sounds/CATEGORY/*`, with backdrops in `photos/background`.
        Without it everything is drawn and synthesised.
    held_out
        Use the third of your photos and sounds that is kept apart for evaluation, instead of the other two thirds.
    background_share
        Share of scenes without any event, by default one in eleven; weak supervision learns from more, such as 0.4.
    jobs
        Videos that are rendered side by side.
    """
    from seehear.prepare import own_material, render_folder

    own = own_material(material, held_out=held_out) if material else None
    labels = render_folder(folder, clips=clips, seed=seed, material=own, background_share=background_share, jobs=jobs)
    say(f"{len(labels.names)} videos of {len(labels.categories)} categories in {folder}")
    return EXIT_OK


@app.command
def train(
    data: Path,
    validation: Path | None = None,
    /,
    *,
    output: Path,
    protocol: Literal["strict", "paper"] = "strict",
    test: Path | None = None,
    model: str = "pfagn",
    supervision: Supervision = "supervised",
    motion: str | None = None,
    temporal_attention: bool | None = None,
    width: int = 128,
    extractor: str = "builtin",
    inputs: Literal["features", "class_scores"] = "features",
    segments: int = 10,
    recipe: Literal["published", "small"] = "small",
    epochs: int | None = None,
    recombine: float = 0.0,
    seed: int = 0,
    jobs: int = 2,
    device: str = "auto",
    threads: int | None = None,
    shards: int | None = None,
    precision: Literal["float32", "bf16"] = "float32",
    compile: Annotated[bool, Flag] = False,
    tensorboard: Annotated[bool, Flag] = False,
) -> int:
    """Train a network on a folder of labelled videos and keep the checkpoint that does best on the set that chooses.

    Parameters
    ----------
    data, validation
        Folders of rendered scenes or of your own videos with labels: to train on, and to choose the checkpoint on.
        One folder of your own videos is enough: it is split, and the split is kept in its `split.csv`.
    output
        Folder of the run. A run that was stopped goes on where it was.
    protocol
        `strict` chooses the checkpoint on validation. `paper` chooses it on the test set, as several published
        systems did; give that with `--test` in place of validation. Every result says which it was.
    test
        With `--protocol paper`: folder of the test videos.
    model
        Name of the network: `pfagn`, `cmran`, ...
    supervision
        `supervised` by segment, or `weak`: only each clip's category is known.
    motion, temporal_attention
        PFAGN only: what guides the audio (none, rnn, me, ms, pf_me), and whether time is attended to.
    width
        Channels within the network; the published networks have 256.
    extractor
        Features to train on.
    inputs
        `class_scores` also shows the network what both encoders call what they see and hear (extractor `light`).
    segments
        Your own videos: length in seconds of the windows they are cut into.
    recipe
        `published`: as the network's paper trained it. `small`: for slim networks and a few hundred clips.
    epochs
        In place of the recipe's number.
    recombine
        Share of each batch that pairs the picture of one clip with the sound of another.
    seed
        Decides the initial weights, the order of the clips and dropout.
    jobs
        Videos that are decoded side by side.
    device
        `auto` (a GPU where there is one), `cpu`, `cuda` or `cuda:1`.
    threads
        Of the processor, for each process; unless said every core, divided by the shards. Other threads may change the
        last bits of the result; a run that goes on keeps its own.
    shards
        Parts of each batch that are computed apart: the result has the same bytes with any number of processes that
        divides it (`torchrun --nproc_per_node N -m seehear train ...`). 1, or 4 under torchrun, unless said.
    precision
        `bf16` runs matrix products in half precision. How far it is from float32 is measured, printed and recorded.
    compile
        Let torch.compile fuse the network; its difference is measured, printed and recorded too.
    tensorboard
        Write curves into `tensorboard` in the output folder.
    """
    from seehear.engine.curves import CurvesWatch
    from seehear.engine.device import Compute
    from seehear.engine.progress import Together, watch_terminal
    from seehear.engine.protocol import protocol_named
    from seehear.engine.team import leads
    from seehear.models import slim_options
    from seehear.own_data import Loading
    from seehear.prepare import holds_scenes, load_for_training
    from seehear.train import train as train_network

    given = {"motion": motion, "temporal_attention": temporal_attention}
    options = {name: value for name, value in given.items() if value is not None}
    chosen = protocol_named(protocol)
    if validation or test or holds_scenes(data):
        chosen.refuse_other(validation=validation, test=test)  # before minutes of extraction
    compute = Compute(device, threads, precision, compile, shards)
    compute.resolved()  # raises for what this machine lacks
    watches = [watch_terminal(), *([CurvesWatch(output / "tensorboard")] if tensorboard else [])]
    failed = FailedVideos()
    training, judge = load_for_training(
        data,
        validation or test,
        extractor,
        judge_part=chosen.judge,
        jobs=jobs,
        loading=Loading(segments, report=failed, tell=note, inputs=inputs),
    )
    checkpoint = train_network(
        training,
        judge if chosen.judge == "validation" else None,
        test=judge if chosen.judge == "test" else None,
        protocol=protocol,
        model=model,
        supervision=supervision,
        options={**slim_options(model, width), **options},
        recipe=recipe,
        epochs=epochs,
        recombine=recombine,
        seed=seed,
        compute=compute,
        watch=Together(*watches),
        output=output,
    )
    if leads():
        say(str(checkpoint))
    return EXIT_SOME_FAILED if failed else EXIT_OK


@app.command
def evaluate(
    model: str,
    data: Path,
    /,
    *,
    part: Literal["training", "validation", "test", "all"] | None = None,
    json: Annotated[bool, Flag] = False,
    jobs: int = 2,
    offline: Annotated[bool, Flag] = False,
) -> int:
    """Score a trained model on a folder of labelled videos, beside the two trivial reference points.

    Parameters
    ----------
    model
        Folder of a trained model, or `org/name` or `org/name@revision` of the Hugging Face hub.
    data
        Folder of rendered scenes or of your own videos with labels that the model has not seen.
    part
        Your own videos: a part of the folder's `split.csv`, or `all`. Unless said, `test` where there is a split.
    json
        Print one JSON object instead of a table.
    jobs
        Videos that are decoded side by side.
    offline
        Take a model of the hub from its cache and ask nobody.
    """
    from seehear.evaluate import evaluate_checkpoint
    from seehear.models.checkpoint import model_folder, read_card
    from seehear.own_data import Loading
    from seehear.prepare import load_folder, part_to_report

    folder = model_folder(model, offline=offline)
    card, failed, chosen = read_card(folder), FailedVideos(), part_to_report(data, part)
    if chosen is not None:
        note(f"evaluating on part {chosen!r} of {data}")
    note(f"{model} was trained under protocol {card.provenance.get('protocol', 'unknown: its card does not say')}")
    loading = Loading(card.window_segments, report=failed, tell=note, inputs=card.inputs)
    dataset = load_folder(data, card.extractor, categories=card.categories, part=chosen, jobs=jobs, loading=loading)
    evaluation = evaluate_checkpoint(folder, dataset)
    say(evaluation.to_json() if json else evaluation.text())
    return EXIT_SOME_FAILED if failed else EXIT_OK


@app.command
def tables(
    training: Path,
    validation: Path,
    test: Path,
    /,
    *,
    output: Path,
    rows: str = "ablation",
    supervision: Annotated[list[Supervision] | None, Parameter(negative=())] = None,
    seeds: int = 3,
    protocol: Literal["strict", "paper"] = "strict",
    recipe: Literal["published", "small"] = "small",
    epochs: int | None = None,
    width: int = 64,
    weak_training: Path | None = None,
    recombine: float = 0.0,
    extractor: str = "builtin",
    precision: Literal["float32", "bf16"] = "float32",
    title: str = "Comparison",
    jobs: int = 2,
) -> int:
    """Train and evaluate networks side by side over several seeds, with the papers' numbers beside ours.

    Parameters
    ----------
    training, validation, test
        Folders of rendered scenes: to train on, to choose checkpoints on, to report.
    output
        Folder of the table, as Markdown, CSV and JSON. A table that was stopped goes on where it was.
    rows
        `ablation`: what guides the audio of PFAGN (Tables III and IV). `systems`: every network (Tables I and II).
        Or names of networks and of rows of the ablation, separated by commas.
    supervision
        One or both of `supervised` and `weak`; both unless said.
    seeds
        How many trainings each row has.
    protocol
        `strict`: each epoch is chosen on validation. `paper`: on test, as several published systems did.
    recipe
        `published`: as each paper trained. `small`: for slim networks and a few hundred clips.
    epochs
        In place of the recipe's number.
    width
        Channels within the networks that have that option, with `small`; the published ones have 256.
    weak_training
        Folder for weak supervision to train on instead, such as scenes with a larger `--background-share`.
    recombine
        Share of training clips that pair the picture of one with the sound of another (supervised only).
    extractor
        Features to train on.
    precision
        Of the networks' matrix products; `bf16` is faster where the processor has it.
    title
        First words of the caption.
    jobs
        Trainings side by side, one thread each.
    """
    from seehear.engine.device import Compute
    from seehear.prepare import load_folder
    from seehear.tables import ABLATION, SYSTEMS, Splits, rows_of, run_table, shortened

    supervisions = tuple(supervision or ("supervised", "weak"))
    names = {"ablation": tuple(ABLATION), "systems": SYSTEMS}.get(rows) or tuple(rows.split(","))
    chosen = rows_of(names, supervisions, recipe=recipe, recombine=recombine)
    chosen = [shortened(row, epochs=epochs, width=width if recipe == "small" else None) for row in chosen]
    parts = [load_folder(folder, extractor, jobs=jobs) for folder in (training, validation, test)]
    weak = load_folder(weak_training, extractor, jobs=jobs) if weak_training else None
    table = run_table(
        chosen,
        range(seeds),
        Splits(*parts, weak_training=weak),
        output,
        title=title,
        protocol=protocol,
        compute=Compute(threads=1, precision=precision),
        processes=jobs,
        tell=note,
    )
    say(table.markdown())
    return EXIT_OK


@app.command
def models(
    name: str | None = None,
    /,
    *,
    supervision: Supervision = "supervised",
    motion: str | None = None,
    temporal_attention: bool | None = None,
    rectified: Annotated[bool | None, Flag] = None,
    fusion: str | None = None,
    width: int | None = None,
    json: Annotated[bool, Flag] = False,
) -> int:
    """List the networks: paper, size, cost, published accuracy; and models that come trained. With a name: draw that
    network, step by step.

    Parameters
    ----------
    name
        Network to draw, as the list spells it.
    supervision
        The network as it is trained by segment labels (`supervised`) or by clip labels alone (`weak`).
    motion, temporal_attention, rectified
        PFAGN only: what guides the audio (none, rnn, me, ms, pf_me, steady), whether time is attended to, and
        whether me and pf_me take the magnitude before the mean.
    fusion
        AVEL only: `late` or `dmrn`.
    width
        Channels within the drawn network; without it as published.
    json
        Print one JSON object instead of text.
    """
    from seehear.models.drawing import draw, trace_json
    from seehear.zoo import residents, shipped_text, zoo_json, zoo_text

    if name is None:
        zoo = residents(supervision)
        say(zoo_json(zoo) if json else f"{zoo_text(zoo)}\n{shipped_text()}")
        return EXIT_OK
    given = {
        "motion": motion,
        "temporal_attention": temporal_attention,
        "rectified": rectified,
        "fusion": fusion,
        "width": width,
    }
    options = {option: value for option, value in given.items() if value is not None}
    show = trace_json if json else draw
    say(show(name, categories=len(AVE_28), supervision=supervision, **options))
    return EXIT_OK

"""The intake: read with clear errors, and judged."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from facemap.errors import IntakeError, KnowledgeError
from facemap.protocol import (
    Answer,
    Consent,
    Intake,
    Mode,
    Override,
    Stop,
    StopLevel,
    Treatment,
    advise_intake,
    intake_faults,
    judge_intake,
    load_consents,
    load_intake,
    load_items,
    load_references,
    load_washouts,
    parse_intake,
    rows,
    stopped_zones,
)
from facemap.protocol.whole import example_text
from facemap.resources import load_knowledge
from facemap.schemas import load_schema
from facemap.types import ZONE_IDS

TODAY = date(2026, 5, 4)
EXAMPLE = example_text("intake")
HEALTHY = Intake(
    age_years=46,
    skin_type=2,
    consent=Consent(Answer.YES, Answer.YES, Answer.NO),
    answers={item.id: Answer.NO for item in load_items()},
    treatments_complete=Answer.YES,
)
ITEMS = [item for item in load_items() if item.level is not StopLevel.CAUTION]
ABSOLUTE = [item for item in ITEMS if item.level is StopLevel.STOP_ALL]
RELATIVE = [item for item in ITEMS if item.level is StopLevel.OVERRIDE]
AREA = [item for item in ITEMS if item.level is StopLevel.STOP_AREA]

answers = st.sampled_from(Answer)
intakes = st.builds(
    Intake,
    age_years=st.one_of(st.none(), st.integers(0, 120)),
    skin_type=st.one_of(st.none(), st.integers(1, 6)),
    consent=st.builds(Consent, answers, answers, answers),
    answers=st.dictionaries(st.sampled_from([i.id for i in load_items()]), answers),
    where=st.just({}),
    treatments_complete=answers,
    treatments=st.lists(
        st.builds(
            Treatment,
            st.sampled_from(list(load_washouts())),
            st.one_of(st.none(), st.dates(date(2024, 1, 1), date(2027, 1, 1))),
            st.lists(st.sampled_from(ZONE_IDS), unique=True).map(tuple),
        ),
        max_size=4,
    ).map(tuple),
    overrides=st.lists(
        st.builds(Override, st.sampled_from([i.id for i in load_items()]), st.just("x"))
    ).map(tuple),
)


def answered(item_id: str, answer: Answer, **more: object) -> Intake:
    return replace(HEALTHY, answers={**HEALTHY.answers, item_id: answer}, **more)


def only(intake: Intake) -> Stop:
    (stop,) = judge_intake(intake, TODAY)
    return stop


def nothing_left(stops: tuple[Stop, ...]) -> bool:
    return all(set(stopped_zones(stops, mode)) == set(ZONE_IDS) for mode in Mode)


# -- judging


def test_nothing_stops_an_adult_without_any_of_it() -> None:
    assert judge_intake(HEALTHY, TODAY) == ()
    assert stopped_zones((), Mode.DERMAL) == {}


def test_an_empty_intake_stops_everything() -> None:
    stops = judge_intake(Intake(), TODAY)
    assert nothing_left(stops)
    wanted = {"age", "consent_treatment", "consent_photo", "treatments_unknown"}
    assert {s.id for s in stops} == wanted | {item.id for item in ITEMS}
    consents = {f"consent_{item.id}" for item in load_consents()}
    assert consents < {s.id for s in stops}


@given(intakes, st.sampled_from(ABSOLUTE), st.text(min_size=1))
def test_every_absolute_contraindication_stops_the_plan(intake, item, because) -> None:
    intake = replace(
        intake,
        answers={**intake.answers, item.id: Answer.YES},
        overrides=(Override(item.id, because),),
    )
    stops = judge_intake(intake, TODAY)
    (stop,) = (s for s in stops if s.id == item.id)
    assert stop.level is StopLevel.STOP_ALL
    assert stop.holds
    assert nothing_left(stops)


@given(intakes, st.sampled_from(RELATIVE), st.text(min_size=1))
def test_every_relative_one_needs_an_override(intake, item, because) -> None:
    intake = replace(
        intake, answers={**intake.answers, item.id: Answer.YES}, overrides=()
    )
    (stop,) = (s for s in judge_intake(intake, TODAY) if s.id == item.id)
    assert stop.holds
    for mode in Mode:
        stopped = stopped_zones((stop,), mode)
        assert set(stopped) == set(item.zones)
    intake = replace(intake, overrides=(Override(item.id, because),))
    found = [s for s in judge_intake(intake, TODAY) if s.id == item.id]
    assert found[0].overridden_because == because
    for mode in Mode:
        opened = mode in item.override_opens
        assert set(stopped_zones(found, mode)) == (set() if opened else set(item.zones))


@pytest.mark.parametrize(
    ("row", "opens", "told"),
    [
        ("anticoagulant", [], "no mode"),
        ("anticoagulant", ["skin"], "unknown"),
        ("needle_phobia", ["dermal"], "nothing overrides"),
    ],
)
def test_a_row_that_opens_what_it_cannot_is_refused(
    monkeypatch, row, opens, told
) -> None:
    table = dict(load_knowledge("contraindications"))
    table["item"] = [
        {**r, "override_opens": opens} if r["id"] == row else r for r in table["item"]
    ]
    monkeypatch.setattr(rows, "load_knowledge", lambda _: table)
    load_items.cache_clear()
    try:
        with pytest.raises(KnowledgeError, match=told):
            load_items()
    finally:
        load_items.cache_clear()


@given(st.sampled_from(AREA), st.lists(st.sampled_from(ZONE_IDS), min_size=1))
def test_an_area_is_stopped_and_no_other(item, zones) -> None:
    intake = answered(item.id, Answer.YES, where={item.id: tuple(zones)})
    intake = replace(intake, overrides=(Override(item.id, "x"),))
    stop = only(intake)
    assert stop.level is StopLevel.STOP_AREA
    assert stop.holds
    assert set(stopped_zones((stop,), Mode.INTRAMUSCULAR)) == set(zones)


@pytest.mark.parametrize("item", ITEMS, ids=lambda item: item.id)
def test_unknown_never_counts_as_no(item) -> None:
    unknown = only(answered(item.id, Answer.UNKNOWN))
    missing = only(
        replace(
            HEALTHY,
            answers={k: v for k, v in HEALTHY.answers.items() if k != item.id},
        )
    )
    yes = only(answered(item.id, Answer.YES))
    assert unknown == missing
    assert (unknown.level, unknown.zones) == (yes.level, yes.zones)
    assert unknown.answer is Answer.UNKNOWN
    assert unknown.message.startswith("Not answered: ")


@given(intakes)
def test_knowing_less_never_stops_less(intake) -> None:
    less = replace(
        intake, answers={}, age_years=None, treatments_complete=Answer.UNKNOWN
    )
    for mode in Mode:
        more = stopped_zones(judge_intake(replace(less, overrides=()), TODAY), mode)
        assert set(stopped_zones(judge_intake(intake, TODAY), mode)) <= set(more)


@given(st.integers(0, 17))
def test_nobody_under_18_gets_a_plan(age) -> None:
    stop = only(replace(HEALTHY, age_years=age))
    assert stop.level is StopLevel.STOP_ALL
    assert nothing_left((stop,))


def test_from_18_on_the_age_stops_nothing_and_from_22_on_warns_of_nothing() -> None:
    assert judge_intake(replace(HEALTHY, age_years=18), TODAY) == ()
    assert only(replace(HEALTHY, age_years=None)).answer is Answer.UNKNOWN
    assert [c.id for c in advise_intake(replace(HEALTHY, age_years=21))] == ["age"]
    assert advise_intake(replace(HEALTHY, age_years=22)) == ()


@pytest.mark.parametrize("answer", [Answer.NO, Answer.UNKNOWN])
@pytest.mark.parametrize("kind", ["treatment", "photo"])
def test_no_plan_without_consent(kind, answer) -> None:
    consent = replace(HEALTHY.consent, **{kind: answer})
    stop = only(replace(HEALTHY, consent=consent))
    assert (stop.id, stop.level) == (f"consent_{kind}", StopLevel.STOP_ALL)


def test_consent_to_marketing_stops_nothing() -> None:
    for answer in Answer:
        consent = replace(HEALTHY.consent, marketing=answer)
        assert judge_intake(replace(HEALTHY, consent=consent), TODAY) == ()


@given(st.sampled_from(list(load_washouts().values())), st.sampled_from(Mode))
def test_the_last_day_of_a_wash_out_still_stops_and_the_next_does_not(
    washout, mode
) -> None:
    def stopped(days: int) -> set[str]:
        treatment = Treatment(washout.id, TODAY - timedelta(days), ("chin",))
        stops = judge_intake(replace(HEALTHY, treatments=(treatment,)), TODAY)
        return set(stopped_zones(stops, mode))

    days = washout.days[mode]
    where = {"chin"} if washout.where else set(ZONE_IDS)
    assert stopped(days - 1) == where
    assert stopped(days) == set()
    assert stopped(days + 1) == set()


@given(st.sampled_from(list(load_washouts())), st.integers(1, 400))
def test_a_day_to_come_or_not_known_counts_as_today(kind, ahead) -> None:
    def stops(day: date | None) -> tuple[Stop, ...]:
        intake = replace(HEALTHY, treatments=(Treatment(kind, day),))
        return judge_intake(intake, TODAY)

    for day in (None, TODAY + timedelta(ahead)):
        (stop,), (now,) = stops(day), stops(TODAY)
        assert (stop.zones, stop.modes, stop.level) == (now.zones, now.modes, now.level)


@given(st.integers(0, 400), st.integers(0, 400))
def test_waiting_longer_never_stops_more(days, more) -> None:
    for kind in load_washouts():
        intake = replace(HEALTHY, treatments=(Treatment(kind, TODAY),))
        for mode in Mode:
            sooner = judge_intake(intake, TODAY + timedelta(days))
            later = judge_intake(intake, TODAY + timedelta(days + more))
            assert set(stopped_zones(later, mode)) <= set(stopped_zones(sooner, mode))


def test_after_toxin_the_skin_is_free_before_the_muscle() -> None:
    toxin = Treatment("botulinum_toxin", TODAY - timedelta(20), ("forehead",))
    stop = only(replace(HEALTHY, treatments=(toxin,)))
    assert stop.modes == (Mode.INTRAMUSCULAR,)
    assert stop.zones == ("forehead",)
    assert "20 days ago" in stop.message
    assert "convention" in stop.message
    reason = (Override("botulinum_toxin", "no effect left"),)
    stop = only(replace(HEALTHY, treatments=(toxin,), overrides=reason))
    assert stop.overridden_because == "no effect left"


@given(intakes)
def test_every_stop_has_words_and_sources_and_the_same_each_time(intake) -> None:
    stops = judge_intake(intake, TODAY)
    assert stops == judge_intake(intake, TODAY)
    for said in (*stops, *advise_intake(intake)):
        assert said.message
        assert said.sources
        assert load_references().keys() >= set(said.sources)
        assert said.zones == tuple(z for z in ZONE_IDS if z in set(said.zones))
    for stop in stops:
        assert stop.holds or stop.level is StopLevel.OVERRIDE
        if stop.level is StopLevel.STOP_ALL:
            assert stop.zones == ZONE_IDS


def test_precautions_are_said_and_stop_nothing() -> None:
    for item in load_items():
        if item.level is StopLevel.CAUTION:
            for answer in (Answer.YES, Answer.UNKNOWN):
                intake = answered(item.id, answer)
                assert judge_intake(intake, TODAY) == ()
                assert [c.id for c in advise_intake(intake)] == [item.id]


@pytest.mark.parametrize(("skin_type", "n"), [(3, 0), (4, 1), (6, 1), (None, 1)])
def test_no_tone_of_skin_stops_anything(skin_type, n) -> None:
    intake = replace(HEALTHY, skin_type=skin_type)
    assert judge_intake(intake, TODAY) == ()
    assert len(advise_intake(intake)) == n


def test_what_every_textbook_calls_absolute_is() -> None:
    levels = {item.id: item.level for item in load_items()}
    for item_id in (
        "keloid_or_hypertrophic_scar",
        "bleeding_disorder",
        "pregnant_or_breastfeeding",
        "cannot_or_will_not_consent",
    ):
        assert levels[item_id] is StopLevel.STOP_ALL
    assert levels["active_skin_disease"] is StopLevel.STOP_AREA
    assert levels["anticoagulant"] is StopLevel.OVERRIDE


# -- reading


def test_the_schema_asks_what_the_table_asks() -> None:
    properties = load_schema("facemap.intake/1")["properties"]
    assert list(properties["answers"]["properties"]) == [i.id for i in load_items()]
    assert list(properties["where"]["properties"]) == [
        item.id for item in load_items() if item.where
    ]
    kinds = properties["treatment"]["items"]["properties"]["kind"]["enum"]
    assert kinds == list(load_washouts())
    zones = set(load_schema("facemap.intake/1")["$defs"]["zone"]["enum"])
    assert set(ZONE_IDS) < zones


def test_the_annotated_example_asks_everything_and_stops_nothing() -> None:
    intake = parse_intake(EXAMPLE)
    assert set(intake.answers) == {item.id for item in load_items()}
    assert intake.filled_on == TODAY
    assert judge_intake(intake, TODAY) == ()
    assert advise_intake(intake) == ()
    assert intake.wishes[0].zones == ("crow_feet_r", "crow_feet_l")
    for item in load_items():
        assert item.question in EXAMPLE


def test_what_the_example_leaves_as_a_comment_is_valid_too() -> None:
    lines = EXAMPLE.splitlines()
    for start in ("# [[drawn]]", "# [[override]]"):
        at = lines.index(start)
        end = next((i for i in range(at, len(lines)) if not lines[i].strip()), None)
        lines[at:end] = [line.removeprefix("# ") for line in lines[at:end]]
    intake = parse_intake("\n".join(lines))
    assert intake.drawn[0].muscle == "temporalis"
    assert intake.overrides[0].id == "anticoagulant"


def test_an_intake_may_be_json_too_and_carries_its_hash(tmp_path) -> None:
    table = tomllib.loads(EXAMPLE)
    table["filled_on"] = "2026-05-04"
    table["treatment"][0]["date"] = "2025-09-12"
    path = tmp_path / "intake.json"
    path.write_text(json.dumps(table), "utf-8")
    intake = load_intake(path)
    assert replace(intake, sha256="") == replace(parse_intake(EXAMPLE), sha256="")
    assert intake.sha256 != parse_intake(EXAMPLE).sha256
    with pytest.raises(IntakeError, match=r"gone\.toml does not exist"):
        load_intake(tmp_path / "gone.toml")


def test_what_is_left_out_is_unknown() -> None:
    intake = parse_intake('schema = "facemap.intake/1"')
    assert replace(intake, sha256="") == Intake()
    assert intake.answer("anticoagulant") is Answer.UNKNOWN


Change = Callable[[dict[str, Any]], object]
BAD: dict[str, tuple[Change, str]] = {
    "true for yes": (
        lambda t: t["answers"].update(anticoagulant=True),
        'answers.anticoagulant is true, but must be one of "yes", "no", "unknown"',
    ),
    "unknown question": (
        lambda t: t["answers"].update(left_handed="yes"),
        "answers has fields that its schema does not know: left_handed",
    ),
    "unknown field": (
        lambda t: t.update(name="x"),
        "the document has fields that its schema does not know: name",
    ),
    "unknown zone": (
        lambda t: t["wish"][0].update(zone="ear"),
        'wish 1 (no id): zone is "ear", but must be one of',
    ),
    "unknown muscle": (
        lambda t: t["palpation"][0].update(muscle="gluteus"),
        "palpation 1 (no id): muscle is none that facemap knows: gluteus",
    ),
    "tenderness": (
        lambda t: t["palpation"][0].update(tenderness=11),
        "palpation 1 (no id): tenderness is 11, but must be 10 or less",
    ),
    "age": (lambda t: t.update(age_years=-1), "age_years is -1, but must be 0 or more"),
    "no such day": (
        lambda t: t["treatment"][0].update(date="2026-02-30"),
        "treatment 1 (no id): date is no day of the calendar: 2026-02-30",
    ),
    "other day": (
        lambda t: t["treatment"][0].update(date="4 May"),
        'treatment 1 (no id): date is "4 May", which is not of the form',
    ),
    "unknown treatment": (
        lambda t: t["treatment"][0].update(kind="haircut"),
        'treatment 1 (no id): kind is "haircut", but must be one of',
    ),
    "no reason": (
        lambda t: t.update(override=[{"id": "anticoagulant", "because": " "}]),
        'override 1 (anticoagulant): because is " ", which is not of the form',
    ),
    "overriding what cannot be": (
        lambda t: t.update(override=[{"id": "bleeding_disorder", "because": "x"}]),
        "override 1 (bleeding_disorder): is for bleeding_disorder, which nothing",
    ),
    "overriding the age": (
        lambda t: t.update(override=[{"id": "age", "because": "x"}]),
        "override 1 (age): is for age, which nothing overrides",
    ),
    "overriding nothing": (
        lambda t: t.update(override=[{"id": "weather", "because": "x"}]),
        "override 1 (weather): is for weather, which nothing is called",
    ),
    "overriding twice": (
        lambda t: t.update(override=2 * [{"id": "anticoagulant", "because": "x"}]),
        "override 2 (anticoagulant): is for anticoagulant, which has one already",
    ),
    "two outlines": (
        lambda t: t["lesion"][0].update(outline_px=[[0, 0], [1, 0], [0, 1]]),
        "lesion 1 (no id): needs either outline_px or outline_uv",
    ),
    "no area": (
        lambda t: t["lesion"][0].update(outline_uv=[[0.1, 0.2]]),
        "lesion 1 (no id): outline_uv has 1 entries, but must have 3 or more",
    ),
    "muscle in the skin": (
        lambda t: t.update(
            drawn=[
                {
                    "name": "x",
                    "mode": "intramuscular",
                    "outline_uv": [[0, 0], [1, 0], [0, 1]],
                }
            ]
        ),
        "drawn 1 (no id): needs a muscle if intramuscular, and only then",
    ),
    "where without a yes": (
        lambda t: t.update(where={"active_skin_disease": ["chin"]}),
        "where.active_skin_disease is given, but its answer is not yes",
    ),
    "another schema": (
        lambda t: t.update(schema="facemap.intake/9"),
        'schema is "facemap.intake/9", but must be "facemap.intake/1"',
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_intake_is_refused_with_place_and_reason(name: str) -> None:
    table = tomllib.loads(EXAMPLE)
    table["filled_on"], table["treatment"][0]["date"] = "2026-05-04", "2025-09-12"
    change, told = BAD[name]
    change(table)
    faults = intake_faults(table)
    assert any(fault.startswith(told) for fault in faults), faults
    with pytest.raises(IntakeError, match=r"^x\.json, ") as error:
        parse_intake(json.dumps(table), source="x.json")
    assert error.value.exit_code == 3


def test_the_table_says_that_it_is_convention() -> None:
    assert load_knowledge("contraindications")["adult"]["min_years"] == 18
    for washout in load_washouts().values():
        assert washout.minimum_days <= min(washout.days.values())

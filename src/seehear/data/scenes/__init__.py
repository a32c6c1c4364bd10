"""Labelled training videos, rendered: plans of what is seen and heard when, drawn or photographed, with sound."""

from seehear.data.scenes.drawn_material import DrawnMaterial
from seehear.data.scenes.labels import SceneLabels, read_scenes
from seehear.data.scenes.photographed_material import PhotographedMaterial
from seehear.data.scenes.plan import PlanSettings, ScenePlan, plan_scenes
from seehear.data.scenes.render import PictureSettings, render_scenes, scene_pictures, scene_sound
from seehear.data.scenes.untrimmed import plan_untrimmed, render_untrimmed

__all__ = [
    "DrawnMaterial",
    "PhotographedMaterial",
    "PictureSettings",
    "PlanSettings",
    "SceneLabels",
    "ScenePlan",
    "plan_scenes",
    "plan_untrimmed",
    "read_scenes",
    "render_scenes",
    "render_untrimmed",
    "scene_pictures",
    "scene_sound",
]

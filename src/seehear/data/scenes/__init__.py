"""Labelled training videos, rendered: plans of what is seen and heard when, drawn or photographed, with sound."""

from seehear.data.scenes.drawn_material import DrawnMaterial
from seehear.data.scenes.labels import SceneLabels, read_scenes
from seehear.data.scenes.plan import PlanSettings, ScenePlan, plan_scenes
from seehear.data.scenes.render import PictureSettings, render_scenes, scene_pictures, scene_sound

__all__ = [
    "DrawnMaterial",
    "PictureSettings",
    "PlanSettings",
    "SceneLabels",
    "ScenePlan",
    "plan_scenes",
    "read_scenes",
    "render_scenes",
    "scene_pictures",
    "scene_sound",
]

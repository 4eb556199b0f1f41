"""What is made rather than printed: prompts, music, certificates. Built once, kept by what they are made of."""

from .build import Request, build
from .engines import ENGINES, SpeechEngine
from .places import cache_folder, state_folder
from .problems import ArtifactError, ArtifactProblems

__all__ = [
    "ENGINES",
    "ArtifactError",
    "ArtifactProblems",
    "Request",
    "SpeechEngine",
    "build",
    "cache_folder",
    "state_folder",
]

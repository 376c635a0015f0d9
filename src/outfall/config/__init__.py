"""The settings: one TOML file, every setting's meaning, default and unit in one place."""

from .engine import EngineSettings

__all__ = ["EngineSettings"]

"""What the plan page is made of: intake, stops, findings by hand, steps."""

from __future__ import annotations

__all__: list[str] = []

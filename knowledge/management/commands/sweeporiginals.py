"""`manage.py sweeporiginals`: deletes files of uploads that never became documents."""

from __future__ import annotations

from core.commands import ExampleCommand
from core.counting import counted
from knowledge.orphan_originals import delete_orphans


class Command(ExampleCommand):
    help = (
        "Delete stored files that no document names and that are more than a day old: what is left "
        "of uploads that a crash cut off. Workers do so by themselves, once a day."
    )
    examples = ("sweeporiginals",)

    def handle(self, *_args: object, **_options: object) -> str:
        return f"Done! Deleted {counted(delete_orphans(), 'file')}"

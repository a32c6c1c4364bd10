"""What works on this machine, found by trying it: `seehear doctor`.

It stands above everything it looks at, changes nothing, fetches nothing, and never raises: what cannot even be looked
at is a finding as well.
"""

from seehear.doctor.examine import examination, sections
from seehear.doctor.finding import Examination, Finding, Section, State

__all__ = ["Examination", "Finding", "Section", "State", "examination", "sections"]

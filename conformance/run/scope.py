"""Which requirements and operations a profile leaves out of scope, and why."""

from __future__ import annotations

from conformance.model import Requirement
from conformance.profile import OF_PATHS, Blast, Profile
from conformance.requirement import AREAS
from conformance.target.blast_radius import is_safe
from conformance.target.limits import UNLIMITED, Limits


def may_ask(operation: str, profile: Profile, limits: Limits = UNLIMITED) -> bool:
    """Whether the profile and the given key allow requests to an operation. operation: a label of the contract."""
    method, _, path = operation.partition(" ")
    return (
        profile.serves(operation)
        and (profile.target.blast_radius is not Blast.READ_ONLY or is_safe(method, path))
        and not limits.refusal_of_all(operation, profile.world)
    )


def out_of_scope(requirement: Requirement, profile: Profile, limits: Limits = UNLIMITED) -> str:
    """Why the profile, or the given key, leaves a requirement out, or ""."""
    words = {requirement.id, requirement.area}
    scope = profile.scope
    if words & set(scope.without) or (scope.only and not words & set(scope.only)):
        return f"the profile {profile.name} leaves it out"
    needs = set(requirement.needs)
    paths = [each.partition(" ")[2] for each in requirement.operations]
    needs |= {word for word, prefix in OF_PATHS.items() if paths and all(each.startswith(prefix) for each in paths)}
    is_offered = needs & set(OF_PATHS) <= set(profile.target.offers)
    if is_offered and paths and not any(may_ask(each, profile, limits) for each in requirement.operations):
        refusals = [limits.refusal_of_all(each, profile.world) for each in requirement.operations]
        return next(filter(None, refusals), f"the profile {profile.name} does not allow any of its operations")
    is_of_ably = requirement.area in AREAS and not requirement.clause.pointer.startswith("RFC")
    if is_of_ably and not requirement.clause.is_in_contract:
        needs.add("documentation")
    if "any-name" in needs and profile.target.blast_radius is not Blast.EXCLUSIVE:
        return f"the profile {profile.name} limits requests to the run's own names (blast_radius)"
    missing = sorted(needs - set(profile.target.offers))
    return f"the profile {profile.name} does not offer {', '.join(missing)}" if missing else ""

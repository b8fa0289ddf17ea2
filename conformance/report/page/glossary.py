"""The terms of the page besides the statuses, with their meanings."""

GLOSSARY = {
    "requirement": "A numbered rule for the target, derived from a clause of the contract or of Ably's documentation.",
    "must, should, may": "The level of a requirement by RFC 2119. Only a failed MUST makes a run not conformant.",
    "finding": "One deviation of the target from a requirement. Findings with the same cause are one entry.",
    "exchange": "One request with its response, or with the reason why there is none.",
    "origin": (
        "The reason for a request: “examples” from the contract, “coverage” of boundary values, “valid” and “invalid” "
        "for random requests, “scenario” for hand-written tests, “set-up” to prepare or to clean up a test; "
        "“observed” for those in a recording."
    ),
    "erratum": "A recorded correction of the published contract, applied before the run is judged.",
    "waiver": "An entry in the profile that accepts the findings of one requirement until a date, with a reason.",
    "baseline": "The known findings of an earlier report. They are shown, but do not fail the build.",
    "fingerprint": "The identifier of a finding, the same in every run; waivers and baselines refer to it.",
    "blast radius": (
        "The resources of the target that a run may change: none (read-only), only those with a name of the run "
        "(namespaced), or all of an application that nothing else uses (exclusive)."
    ),
}
